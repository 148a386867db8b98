import LuaRuntime
import Testing

@Suite struct SelfTests {
  @Test func `fields that a script sets stay with the socket`() throws {
    let app = try App("function on_x(self) self.n = (self.n or 0) + 1 return self.n end")
    app.open(8)
    app.connect(8)
    app.take()
    #expect(app.ask(#"["x"]"#) == "1")
    #expect(app.ask(#"["x"]"#) == "2")
    #expect(app.send(#"["x"]"#, ack: 1, to: 8).texts == ["ack [1]"])
  }

  @Test func `a session is shared by the sockets of one connection`() throws {
    let app = try App(
      "function on_x(self) self.session.n = (self.session.n or 0) + 1 return self.session.n end")
    app.open(8, session: 1)
    app.open(9, session: 2)
    app.connect(8)
    app.connect(9)
    app.take()
    #expect(app.ask(#"["x"]"#) == "1")
    #expect(app.send(#"["x"]"#, ack: 1, to: 8).texts == ["ack [2]"])
    #expect(app.send(#"["x"]"#, ack: 1, to: 9).texts == ["ack [1]"])
  }

  @Test func `the handshake is asked for once, when it is looked at`() throws {
    var asked = 0
    let app = try App(
      "function on_x(self) return self.handshake.address, self.handshake.query.a, self.handshake end"
    ) { socket in
      asked += 1
      return Array(#"{"address":"192.0.2.\#(socket)","query":{"a":"b"}}"#.utf8)
    }
    #expect(asked == 0)
    for _ in 1...2 {
      #expect(app.ask(#"["x"]"#).hasPrefix(#""192.0.2.7","b",{"#))
    }
    #expect(asked == 1)
  }

  @Test func `a socket that is gone makes its methods do nothing`() throws {
    let app = try App(
      """
      local kept
      function on_keep(self) kept = self end
      function on_use(self)
        kept:join("a") kept:subscribe("c") kept:disconnect() kept:error("e", "m")
        return kept:emit("x"), kept:after(1, print), kept:emit_with_ack("q")
      end
      """)
    app.open(8)
    app.connect(8)
    app.send(#"["keep"]"#, to: 8)
    app.isolate.disconnect(socket: 8, reason: "x")
    app.take()
    #expect(app.send(#"["use"]"#, ack: 1).texts == [#"ack [false,0,null,"disconnected"]"#])
  }

  @Test func `rooms are known to the script`() throws {
    let app = try App(
      """
      function on_x(self)
        self:join("a") self:join("a") self:join("b") self:leave("a") self:leave("none")
        return self:rooms()
      end
      """)
    #expect(app.send(#"["x"]"#, ack: 1).texts == ["join a", "join b", "leave a", #"ack [["b"]]"#])
  }

  @Test func `targets name rooms to reach and to spare and never change`() throws {
    let app = try App(
      """
      function on_x(self)
        local target = self:to("a", "b")
        target:except("c"):to("d"):emit("one", 1)
        target:emit("two")
        perigee.except("z"):emit("three")
      end
      """)
    let told = app.send(#"["x"]"#)
    #expect(told.map(\.rooms) == [["a", "b", "d"], ["a", "b"], []])
    #expect(told.map(\.exceptRooms) == [["c"], [], ["z"]])
    #expect(told.map(\.socket) == [App.socket, App.socket, 0])
    #expect(told.map(\.body) == [#"["one",1]"#, #"["two"]"#, #"["three"]"#])
    #expect(told.allSatisfy { $0.namespace == "/test" && $0.kind == .broadcast })
  }

  @Test func `broadcast leaves out oneself, perigee emit nobody`() throws {
    let app = try App("function on_x(self) self:broadcast('a') perigee.emit('b') end")
    #expect(app.send(#"["x"]"#).map(\.socket) == [App.socket, 0])
  }

  @Test func `error and disconnect reach the client`() throws {
    let app = try App(
      "function on_x(self) self:error('bad', 'why', { n = 1 }) self:disconnect(true) end")
    let told = app.send(#"["x"]"#)
    #expect(told.texts == [#"emit ["error","bad","why",{"n":1}]"#, "disconnect"])
    #expect(told.last?.flag == true)
  }

  @Test(arguments: [
    ("self.emit('x')", "call it with a colon: self:emit(...)"),
    ("self:join('')", "a room's or channel's name has between 1 and 256 bytes"),
    ("self:join(('x'):rep(300))", "a room's or channel's name has between 1 and 256 bytes"),
    ("self:to():emit('x')", "name at least one room"),
    ("for i = 1, 2000 do self:join('r' .. i) end", "this socket is in too many rooms already"),
    ("self:emit(5)", "bad argument #1 to 'emit' (event name expected, got number)"),
    ("self:emit('x', print)", "a function has no form in JSON"),
    (
      "self:emit('x', '\\xff')",
      "a string is not valid UTF-8; send bytes with perigee.binary(string)"
    ),
  ])
  func `misuse is a clear error`(call: String, message: String) throws {
    let app = try App("function on_x(self) \(call) end")
    #expect(app.send(#"["x"]"#).first { $0.kind == .failure }?.failure?.message == message)
  }

  @Test func `a built-in function is never mistaken for a field of self`() throws {
    let app = try App(
      "function helper() return 1 end function on_x(self) return self.type, self.print, self:helper() end"
    )
    #expect(app.ask(#"["x"]"#) == "null,null,1")
  }

  @Test func `one run may send only so much`() throws {
    let app = try App(
      "function on_x(self) for i = 1, 1e6 do self:emit('x', ('y'):rep(1000)) end end",
      limits: LuaLimits(outboxBytes: 100_000))
    let told = app.send(#"["x"]"#)
    #expect(told.count < 110)
    let failure = try #require(told.first { $0.kind == .failure }?.failure)
    #expect(failure.message == "this run sends more than its outbox limit allows")
    #expect(failure.code == .limit)
  }

  @Test func `commands without bytes count towards the bound as well`() throws {
    let app = try App(
      "function on_x(self) while true do self:disconnect() end end",
      limits: LuaLimits(outboxBytes: 10_000))
    let told = app.send(#"["x"]"#)
    #expect(told.count < 200 && told.contains { $0.failure?.code == .limit })
  }
}
