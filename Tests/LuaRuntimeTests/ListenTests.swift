import LuaRuntime
import Testing

/// Handlers that read a channel.
@Suite struct ListenTests {
  private static let log =
    "function on_x(self, ...) for m, c in self:listen(...) do print(perigee.json.encode(m), c) end print('over') end"

  private func app(_ source: String = log) throws -> App { try App(source) }

  @Test func `messages are read in order, with the name of their channel`() throws {
    let app = try app()
    let told = app.send(#"["x","a","b"]"#)
    #expect(told.map(\.kind) == [.listen, .listen] && told.map(\.name) == ["a", "b"])
    #expect(told.allSatisfy { $0.socket == App.socket && $0.namespace == "/test" })
    #expect(told[0].number != told[1].number && app.isolate.suspended == 1)
    #expect(app.publish("1", to: told[0].token).texts == ["log 1 a"])
    #expect(app.publish(#"{"a":[true]}"#, to: told[1].token).texts == [#"log {"a":[true]} b"#])
    #expect(app.publish("null", to: told[0].token).texts == ["log null a"])
  }

  @Test func `a loop that is left ends its listener`() throws {
    let app = try app(
      "function on_x(self) for m in self:listen('a') do if m == 2 then break end end "
        + "perigee.sleep(1) end")
    let listener = app.send(#"["x"]"#)[0].token
    #expect(app.publish("1", to: listener).isEmpty)
    let told = app.publish("2", to: listener)
    #expect(told.map(\.kind) == [.unlisten, .sleep] && told[0].token == listener)
    #expect(app.publish("3", to: listener).isEmpty)
  }

  @Test(
    arguments: [
      ("error('x', 0)", [.unlisten, .failure, .emit]), ("return", [.unlisten]),
      ("while true do end", [.failure, .emit, .unlisten]),
    ] as [(String, [LuaCommand.Kind])])
  func `a listener ends with its run, whatever ends that`(
    ending: String, kinds: [LuaCommand.Kind]
  ) throws {
    let app = try App(
      "function on_x(self) local l = self:listen('a') for m in l do \(ending) end end "
        + "function on_y(self) local l = self:listen('a') \(ending) end",
      limits: LuaLimits(eventTime: .milliseconds(20)))
    let listener = app.send(#"["x"]"#)[0].token
    #expect(Set(app.publish("1", to: listener).map(\.kind)) == Set(kinds))
    #expect(Set(app.send(#"["y"]"#).map(\.kind)) == Set(kinds + [.listen]))
    #expect(app.isolate.suspended == 0)
  }

  @Test func `the loop ends when the client has gone`() throws {
    let app = try app(Self.log + " function on_disconnect() print('bye') end")
    app.send(#"["x","a"]"#)
    app.isolate.disconnect(socket: App.socket, reason: "x")
    #expect(app.take().texts == ["unlisten", "log over", "log bye"])
  }

  @Test func `messages that come while a handler is busy wait for it`() throws {
    let app = try app(
      "function on_x(self) for m in self:listen('a') do perigee.sleep(1) print(m) end end")
    let listener = app.send(#"["x"]"#)[0].token
    var sleep = app.publish("1", to: listener)[0]
    #expect(app.publish("2", to: listener).isEmpty)
    #expect(app.publish("3", to: listener).isEmpty)
    for n in 1...3 {
      app.isolate.wake(sleep.token)
      let told = app.take()
      #expect(told[0].description == "log \(n)")
      if n < 3 { sleep = told[1] }
    }
    #expect(app.isolate.suspended == 1)
  }

  @Test func `attachments come along`() throws {
    let app = try app(
      "function on_x(self) for m in self:listen('a') do perigee.sleep(1) print(m.b.data, #m.c) end end"
    )
    let listener = app.send(#"["x"]"#)[0].token
    let message =
      #"{"b":{"_placeholder":true,"num":1},"c":{"_placeholder":true,"num":0}}"#
    let sleep = app.publish(message, to: listener, attachments: [[1, 2, 3], Array("hi".utf8)])[0]
    app.isolate.wake(sleep.token)
    #expect(app.take().texts == ["log hi 3"])
  }

  @Test(arguments: [(1_001, "1"), (9, "\"" + String(repeating: "x", count: 130_000) + "\"")])
  func `a listener that does not keep up ends with an error`(count: Int, message: String) throws {
    let app = try app(
      """
      function on_x(self)
        local messages = self:listen("a")
        perigee.sleep(1)
        print(pcall(messages))
        print(messages())
      end
      """)
    let told = app.send(#"["x"]"#)
    for n in 1...count {
      let ended = app.publish(message, to: told[0].token)
      #expect(ended.map(\.kind) == (n == count ? [.unlisten] : []))
    }
    #expect(app.publish(message, to: told[0].token).isEmpty)
    app.isolate.wake(told[1].token)
    #expect(
      app.take().texts == [
        "log false listener too slow: more than 1000 messages or 1024 KiB were waiting", "log nil",
      ])
  }

  @Test func `what waits for listeners counts as the app's memory`() throws {
    let app = try App(
      "function on_x(self) for i = 1, 40 do kept = self:listen('a') end perigee.sleep(1) end",
      limits: LuaLimits(memoryBytes: 8 << 20))
    let told = app.send(#"["x"]"#)
    let message = "\"" + String(repeating: "x", count: 500_000) + "\""
    var ended = 0
    for listen in told.dropLast() {
      ended += app.publish(message, to: listen.token).count
    }
    #expect(ended > 20 && app.isolate.memoryUsed < 8 << 20 && app.isolate.memoryUsed > 4 << 20)
    app.isolate.wake(told[40].token)
    app.take()
    #expect(app.isolate.memoryUsed < 1 << 20)
  }

  @Test func `a listener can be called and closed`() throws {
    let app = try app(
      """
      function on_x(self)
        local messages <close> = self:listen("a")
        local m, c = messages()
        messages:close()
        messages:close()
        return m, c, messages(), tostring(messages):match("^[%w.]+"), getmetatable(messages)
      end
      """)
    let listener = app.send(#"["x"]"#, ack: 1)[0].token
    #expect(
      app.publish("1", to: listener).texts == [
        "unlisten", #"ack [1,"a",null,"perigee.listener","listener"]"#,
      ])
  }

  @Test func `a listener works in a timer of a client`() throws {
    let app = try app(
      "function on_connect(self) self:after(1, function() for m in self:listen('a') do print(m) end print('over') end) end"
    )
    app.open(8)
    app.connect(8)
    let timer = app.take()[1]
    app.isolate.fire(timer: timer.token)
    let listen = app.take()[0]
    #expect(listen.socket == 8)
    #expect(app.publish("5", to: listen.token).texts == ["log 5"])
    app.isolate.disconnect(socket: 8, reason: "x")
    #expect(app.take().texts.contains("log over"))
  }

  @Test func `several handlers may read one listener`() throws {
    let app = try app(
      """
      function on_make(self) kept = self:listen("a") perigee.sleep(1) end
      function on_read(self, n) return n, kept() end
      """)
    let told = app.send(#"["make"]"#)
    app.send(#"["read",1]"#, ack: 1)
    app.send(#"["read",2]"#, ack: 2)
    #expect(app.publish("7", to: told[0].token).texts == [#"ack [2,7,"a"]"#])
    app.isolate.wake(told[1].token)
    #expect(app.take().texts == ["unlisten", "ack [1,null]"])
    #expect(app.ask(#"["read",3]"#) == "3,null")
  }

  @Test(arguments: [
    ("self.listen('a')", "call it with a colon: self:listen(...)"),
    ("self:listen()", "bad argument #1 to 'listen' (name between 1 and 64 channels)"),
    ("self:listen('')", "a room's or channel's name has between 1 and 256 bytes"),
    ("self:listen('a', {})", "bad argument #2 to 'listen' (string expected, got table)"),
    (
      "coroutine.wrap(function() self:listen('a') end)()",
      "listen cannot wait inside a coroutine of your own"
    ),
    (
      "local l = self:listen('a') coroutine.wrap(function() l() end)()",
      "a listener cannot wait inside a coroutine of your own"
    ),
    (
      "for i = 1, 200 do self:listen(table.unpack(names)) end",
      "the handlers of this app listen to too many channels already"
    ),
  ])
  func `where listening is impossible it is a clear error`(call: String, message: String) throws {
    let app = try App(
      "names = {} for i = 1, 64 do names[i] = 'c' end function on_x(self) \(call) end")
    let failure = app.send(#"["x"]"#).first { $0.kind == .failure }?.failure
    #expect(failure?.message.hasSuffix(message) == true, "\(failure as Any)")
  }

  @Test func `strangers' numbers and texts that are no JSON do no harm`() throws {
    let app = try app()
    let listener = app.send(#"["x","a"]"#)[0].token
    for number in [0, listener + 1, UInt64.max] { #expect(app.publish("1", to: number).isEmpty) }
    let told = app.publish("[1", to: listener)
    #expect(told.contains { $0.kind == .failure } && told.contains { $0.kind == .unlisten })
    #expect(app.isolate.suspended == 0)
  }
}
