import LuaRuntime
import Testing

/// Broadcasts that wait for the acks of all.
@Suite struct RoundTests {
  private let script = """
    function on_join(self) self:join("r") end
    local function show(answers, silent)
      table.sort(silent, function(a, b) return a.id < b.id end)
      return answers, silent
    end
    function on_ask(self, ...) return show(perigee.to("r"):emit_with_ack("q", ...)) end
    function on_others(self) return show(self:to("r"):timeout(2):emit_with_ack("q")) end
    function on_nobody(self) return perigee.to("none"):emit_with_ack("q") end
    function on_call(self) return pcall(function() return perigee.to("r"):emit_with_ack("q") end) end
    """

  private func app(_ sockets: ClosedRange<UInt64> = 7...9) throws -> App {
    let app = try App(script)
    app.join(sockets.dropFirst())
    for socket in sockets { app.send(#"["join"]"#, to: socket) }
    return app
  }

  @Test func `it goes on when all have answered`() throws {
    let app = try app()
    let told = app.send(#"["ask",5]"#, ack: 1)
    #expect(Set(told.dropLast().map(\.socket)) == [7, 8, 9])
    #expect(told.dropLast().allSatisfy { $0.kind == .emit && $0.body == #"["q",5]"# })
    #expect(told.last?.kind == .sleep && told.last?.duration == .seconds(10))
    #expect(app.isolate.suspended == 1)
    let acks = Dictionary(uniqueKeysWithValues: told.dropLast().map { ($0.socket, $0.number) })
    #expect(app.acknowledge(acks[8]!, #"["b",null]"#, from: 8).isEmpty)
    #expect(app.acknowledge(acks[8]!, #"["again"]"#, from: 8).isEmpty)
    #expect(app.acknowledge(acks[7]!, "[]", from: 7).isEmpty)
    let answer = app.acknowledge(acks[9]!, #"[{"c":1}]"#, from: 9)
    let values = [
      #"{"id":"id-8","values":["b",null]}"#, #"{"id":"id-7","values":[]}"#,
      #"{"id":"id-9","values":[{"c":1}]}"#,
    ]
    #expect(answer.map(\.kind) == [.timerCancel, .ack])
    #expect(answer[0].flag && answer[0].token == told.last?.token)
    for value in values { #expect(sorted(answer[1].body).contains(sorted(value))) }
    #expect(app.isolate.suspended == 0)
    app.isolate.wake(told.last!.token)
    #expect(app.take().isEmpty)
  }

  /// Objects come in no particular order.
  private func sorted(_ text: String) -> String {
    text.replacing(#/\{"values":(?<v>.*?\]),"id":(?<i>"[^"]*")\}/#) {
      "{\"id\":\($0.output.i),\"values\":\($0.output.v)}"
    }
  }

  @Test func `who does not answer in time is named`() throws {
    let app = try app()
    let told = app.send(#"["others"]"#, ack: 1)
    #expect(told.last?.duration == .seconds(2) && told.count == 3)
    app.disconnect(8)
    app.isolate.wake(told.last!.token)
    let body = app.take().last!.body
    for part in [#""id-8""#, #""disconnected""#, #""id-9""#, #""timeout""#] {
      #expect(body.contains(part))
    }
    #expect(!body.contains("id-7"))
  }

  @Test func `it goes on when the last has gone`() throws {
    let app = try app()
    app.send(#"["others"]"#, ack: 1)
    #expect(app.park(8).isEmpty)
    #expect(app.disconnect(9).map(\.kind) == [.timerCancel, .ack])
    #expect(app.isolate.suspended == 0)
  }

  @Test func `asking nobody does not wait`() throws {
    let app = try app()
    #expect(app.send(#"["nobody"]"#, ack: 1).texts == ["ack [[],[]]"])
  }

  @Test func `the asker may go meanwhile`() throws {
    let app = try app()
    let told = app.send(#"["ask"]"#, ack: 1)
    app.disconnect()
    for emit in told.dropLast() { app.acknowledge(emit.number, "[1]", from: emit.socket) }
    #expect(app.isolate.suspended == 0)
  }

  @Test func `an answer that is no JSON is a violation and no answer`() throws {
    let app = try app(7...8)
    let told = app.send(#"["others"]"#, ack: 1)
    let answer = app.acknowledge(told[0].number, "[1", from: 8)
    #expect(answer.map(\.kind) == [.violation, .timerCancel, .ack])
    #expect(answer[2].body.contains("disconnected"))
  }

  @Test func `answers may carry attachments`() throws {
    let app = try App(
      """
      function on_x(self)
        local answers = perigee.everyone():emit_with_ack("q", perigee.binary("hi"))
        return answers[1].values[1].data
      end
      """)
    let told = app.send(#"["x"]"#, ack: 1)
    #expect(told[0].attachments == [Array("hi".utf8)])
    Array(#"[{"_placeholder":true,"num":0}]"#.utf8).withUnsafeBytes {
      app.isolate.acknowledge(
        socket: App.socket, id: told[0].number, payload: $0, attachments: [Array("yes".utf8)])
    }
    #expect(app.take().texts.last == #"ack ["yes"]"#)
  }

  @Test func `every client gets the attachments`() throws {
    let app = try App(
      "function on_x() perigee.everyone():emit_with_ack('q', perigee.binary('a'), perigee.binary('b')) end"
    )
    app.join([8, 9])
    let told = app.send(#"["x"]"#).filter { $0.kind == .emit }
    #expect(told.count == 3)
    #expect(told.allSatisfy { $0.attachments == [Array("a".utf8), Array("b".utf8)] })
  }

  @Test func `waiting works inside pcall, and several rounds at a time`() throws {
    let app = try app(7...8)
    let first = app.send(#"["call"]"#, ack: 1)
    let second = app.send(#"["call"]"#, ack: 2)
    for told in [second, first] {
      for emit in told.dropLast() { app.acknowledge(emit.number, "[1]", from: emit.socket) }
    }
    #expect(app.take().isEmpty && app.isolate.suspended == 0)
  }

  @Test func `a reload does not disturb it`() throws {
    let app = try app(7...8)
    let told = app.send(#"["others"]"#, ack: 1)
    try app.load("")
    #expect(app.acknowledge(told[0].number, "[1]", from: 8).last?.kind == .ack)
  }

  @Test func `thousands of rounds leave memory flat`() throws {
    let app = try app(7...16)
    var before = 0
    for n in 1...5_000 {
      let told = app.send(#"["ask"]"#)
      for emit in told.dropLast(n % 3 == 0 ? 2 : 1) {
        app.acknowledge(emit.number, "[1]", from: emit.socket)
      }
      if n % 3 == 0 { app.isolate.wake(told.last!.token) }
      if n == 500 { before = app.isolate.memoryUsed }
    }
    #expect(app.isolate.suspended == 0 && app.isolate.memoryUsed < before * 2)
  }
}
