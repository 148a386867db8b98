import LuaRuntime
import Testing

/// Handlers that wait: for time, for a client's ack.
@Suite struct WaitingTests {
  private let ask = """
    function on_ask(self)
      local a, b = self:emit_with_ack("question", 1)
      return a, b
    end
    function on_quick(self) return self:timeout(2.5):emit_with_ack("q") end
    """

  @Test func `no two clients are asked under one number, so that a late answer is nobody's`() throws
  {
    let app = try App("function on_ask(self) self:emit_with_ack('q') end")
    app.join([8, 9])
    let numbers = [App.socket, 8, 9, 8].map { socket in
      app.send(#"["ask"]"#, to: socket).first { $0.kind == .emit }?.number
    }
    #expect(Set(numbers).count == 4)
  }

  @Test func `emit_with_ack goes on with the acked values`() throws {
    let app = try App(ask)
    let told = app.send(#"["ask"]"#, ack: 9)
    #expect(told.map(\.kind) == [.emit, .awaitAck])
    #expect(told[0].body == #"["question",1]"# && told[0].number == told[1].ackID)
    #expect(told[1].duration == .seconds(10) && app.isolate.suspended == 1)
    let answer = app.acknowledge(told[0].number, #"["yes",{"n":2}]"#)
    #expect(answer.texts == [#"ack ["yes",{"n":2}]"#] && answer[0].number == 9)
    #expect(app.isolate.suspended == 0)
  }

  @Test func `an ack that is overdue is nil and a reason`() throws {
    let app = try App(ask)
    let told = app.send(#"["quick"]"#, ack: 1)
    #expect(told[1].duration == .milliseconds(2500))
    app.isolate.wake(told[1].token)
    #expect(app.take().texts == [#"ack [null,"timeout"]"#])
    #expect(app.acknowledge(told[0].number, "[1]").isEmpty)
  }

  @Test func `a client that leaves wakes those who wait for it, before on_disconnect`() throws {
    let app = try App(
      ask + "\nfunction on_disconnect() print('bye') end "
        + "function on_log(self) print(self:emit_with_ack('q')) end")
    app.send(#"["log"]"#)
    app.send(#"["log"]"#)
    app.isolate.disconnect(socket: App.socket, reason: "x")
    #expect(app.take().texts == ["log nil disconnected", "log nil disconnected", "log bye"])
    #expect(app.isolate.suspended == 0)
  }

  @Test func `another socket's ack may be awaited`() throws {
    let app = try App(
      """
      local first
      function on_connect(self) first = first or self end
      function on_x() return first:emit_with_ack("q") end
      """)
    app.open(8)
    app.connect(8)
    app.take()
    let told = app.send(#"["x"]"#, ack: 1, to: 8)
    #expect(told.map(\.socket) == [App.socket, App.socket])
    #expect(app.acknowledge(0, "[5]").first?.socket == 8)
  }

  @Test func `sleeping handlers run on in the order they are woken`() throws {
    let app = try App("function on_x(self, n) perigee.sleep(n) return n end")
    let first = try #require(app.send(#"["x",1]"#, ack: 1).first)
    let second = try #require(app.send(#"["x",2]"#, ack: 2).first)
    #expect(app.isolate.suspended == 2)
    app.isolate.wake(second.token)
    app.isolate.wake(first.token)
    app.isolate.wake(first.token)
    #expect(app.take().texts == ["ack [2]", "ack [1]"])
  }

  @Test func `a stranger's token wakes nobody`() throws {
    let app = try App("function on_x() perigee.sleep(1) return 1 end")
    let sleep = try #require(app.send(#"["x"]"#).first)
    for token in [0, 1, sleep.token + 1, sleep.token &- (1 << 32), UInt64.max] {
      app.isolate.wake(token)
    }
    #expect(app.isolate.suspended == 1)
  }

  @Test func `an ack of another socket or with bad JSON does no harm`() throws {
    let app = try App(ask)
    app.open(8)
    app.connect(8)
    app.take()
    let id = try #require(app.send(#"["ask"]"#, ack: 1).first?.number)
    #expect(app.acknowledge(id, "[1]", from: 8).isEmpty)
    #expect(
      app.acknowledge(id, "[1").texts == [
        "violation the text ends too early", #"ack [null,"disconnected"]"#,
      ])
  }

  @Test(arguments: [
    (
      "coroutine.wrap(function() perigee.sleep(1) end)()",
      "perigee.sleep cannot wait inside a coroutine of your own"
    ),
    (
      "table.sort({ 1, 2 }, function() perigee.sleep(1) end)",
      "perigee.sleep cannot wait inside a sort comparison, a gsub replacement, or another function "
        + "that C calls"
    ),
    (
      "perigee.sleep(-1)",
      "bad argument #1 to 'sleep' (seconds between 0 and 1e9 expected)"
    ),
    (
      "perigee.sleep(0/0)",
      "bad argument #1 to 'sleep' (seconds between 0 and 1e9 expected)"
    ),
    ("coroutine.yield()", "attempt to yield from outside a coroutine"),
  ])
  func `where waiting is impossible it is a clear error`(call: String, message: String) throws {
    let app = try App("function on_x() \(call) end")
    #expect(app.send(#"["x"]"#).first?.failure?.message.hasSuffix(message) == true)
  }

  @Test func `waiting works inside pcall`() throws {
    let app = try App(
      "function on_x() return pcall(function() perigee.sleep(1) error('e', 0) end) end")
    let sleep = try #require(app.send(#"["x"]"#, ack: 1).first)
    app.isolate.wake(sleep.token)
    #expect(app.take().texts == [#"ack [false,"e"]"#])
  }

  @Test func `only so many handlers may wait at once`() throws {
    let app = try App(
      "function on_x() perigee.sleep(1) end", limits: LuaLimits(suspendedHandlers: 2))
    app.send(#"["x"]"#)
    app.send(#"["x"]"#)
    let failure = try #require(app.send(#"["x"]"#).first?.failure)
    #expect(failure.message == "too many handlers of this app are waiting already")
    #expect(failure.code == .limit && app.isolate.suspended == 2)
  }

  @Test func `many waiting handlers are woken each by its own ack`() throws {
    let app = try App("function on_x(self, n) return n, self:emit_with_ack('q') end")
    for n in 0..<500 { app.send("[\"x\",\(n)]", ack: Int64(n)) }
    for n in (0..<500).reversed() {
      #expect(app.acknowledge(Int64(n), "[\(n * 2)]").texts == ["ack [\(n),\(n * 2)]"])
    }
    #expect(app.isolate.suspended == 0)
  }
}
