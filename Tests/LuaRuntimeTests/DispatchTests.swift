import LuaRuntime
import Testing

@Suite struct DispatchTests {
  @Test func `an event calls its handler with its arguments and answers what it returns`() throws {
    let app = try App("function on_sum(self, a, b) return a + b, self.id end")
    #expect(app.send(#"["sum",2,3]"#, ack: 4).texts == [#"ack [5,"id-7"]"#])
    #expect(app.send(#"["sum",2,3]"#, ack: 4).first?.number == 4)
  }

  @Test func `without an ack id nothing is answered`() throws {
    let app = try App("function on_sum(self, a, b) return a + b end")
    #expect(app.send(#"["sum",2,3]"#).isEmpty)
  }

  @Test func `a table that the script returns holds its handlers`() throws {
    let app = try App(
      "local H = {} function H:on_x() return self:twice(4) end "
        + "function H:twice(n) return 2 * n end return H")
    #expect(app.ask(#"["x"]"#) == "8")
  }

  @Test func `handlers may be inherited through a metatable`() throws {
    let app = try App(
      "local B = {} function B:on_x() return 1 end "
        + "return setmetatable({}, { __index = B })")
    #expect(app.ask(#"["x"]"#) == "1")
  }

  @Test func `globals serve as handlers beside a returned table`() throws {
    let app = try App("function on_x() return 1 end return {}")
    #expect(app.ask(#"["x"]"#) == "1")
  }

  @Test func `a handler replaced at run time is the one that is called`() throws {
    let app = try App("function on_x() on_x = function() return 2 end return 1 end")
    #expect(app.ask(#"["x"]"#) == "1")
    #expect(app.ask(#"["x"]"#) == "2")
  }

  @Test func `spaces in an event's name become underscores`() throws {
    let app = try App("function on_user_message(self, text) return text end")
    #expect(app.ask(#"["user message","hi"]"#) == #""hi""#)
  }

  @Test(arguments: ["bad-name", "1st", "_x", " x", "", "a.b", "é", "a\\u0000"])
  func `a name that can be no handler is answered by an error event`(name: String) throws {
    let app = try App("function on_x() return 1 end")
    #expect(
      app.send("[\"\(name)\"]").first?.body.hasPrefix(#"["error","unallowed_event_name""#) == true)
  }

  @Test func `a name that can be no handler goes to on_any if there is one`() throws {
    let app = try App("function on_any(self, event) return event end")
    #expect(app.ask(#"["message-with-ack"]"#) == #""message-with-ack""#)
  }

  @Test(arguments: ["any", "reload"])
  func `handlers that are the host's own cannot be called by an event`(name: String) throws {
    let app = try App("function on_reload() return 1 end")
    #expect(app.send("[\"\(name)\"]").first?.body.contains("no_such_method") == true)
  }

  @Test func `an unknown event is answered by an error event`() throws {
    let app = try App("")
    #expect(
      app.send(#"["nope"]"#).texts
        == [#"emit ["error","no_such_method","there is no handler for the event \"nope\""]"#])
  }

  @Test func `on_any receives what has no handler, with the name as it was sent`() throws {
    let app = try App("function on_any(self, event, ...) return event, ... end")
    #expect(app.ask(#"["user message",1,null]"#) == #""user message",1,null"#)
  }

  @Test func `an escaped name is the same whatever looking for its handler does`() throws {
    let app = try App(
      """
      function on_any(self, event) return event end
      return setmetatable({}, { __index = function() perigee.json.encode(("x"):rep(100000)) end })
      """)
    #expect(app.ask(#"["\u0061b c-d"]"#) == #""ab c-d""#)
    #expect(app.ask(#"["\u0061b"]"#) == #""ab""#)
  }

  @Test func `the name of a long event is cut between characters where the log tells it`() throws {
    let app = try App("")
    let name = String(repeating: "a", count: 126) + "\u{e9}\u{e9}"
    #expect(app.send("[\"\(name)\"]").first?.body.contains("unallowed_event_name") == true)
  }

  @Test func `what a client sends behind its disconnect is not heard`() throws {
    let app = try App(
      "function on_go(self) self:disconnect() end function on_say(self) return 1 end")
    #expect(app.send(#"["say"]"#, ack: 1).map(\.kind) == [.ack])
    #expect(app.send(#"["go"]"#).map(\.kind) == [.disconnect])
    #expect(app.send(#"["say"]"#, ack: 2).isEmpty)
  }

  @Test(arguments: [
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
  ])
  func `a reserved name is a violation when received and refused when emitted`(
    name: String
  ) throws {
    let app = try App("function on_say(self, name) self:emit(name) end")
    #expect(app.send("[\"\(name)\"]").map(\.kind) == [.violation])
    #expect(
      app.send("[\"say\",\"\(name)\"]").first?.failure?.message
        == "\"\(name)\" is a reserved event name and cannot be emitted")
  }

  @Test(arguments: [
    "", "{}", "[]", "[1]", "[null]", #"["x""#, #"["x",]"#, #"["x"]y"#, #"["x" 1]"#, "nonsense",
    #"["x",{"a"}]"#, #"["x","\q"]"#, #"["x",01]"#, "[\"x\",\"\u{1}\"]", #"["x",tru]"#,
  ])
  func `what is no array with a name first is a violation`(payload: String) throws {
    let app = try App("function on_x() return 1 end")
    #expect(app.send(payload).map(\.kind) == [.violation])
  }

  @Test func `an unknown socket is ignored`() throws {
    let app = try App("function on_x() return 1 end")
    #expect(app.send(#"["x"]"#, ack: 1, to: 99).isEmpty)
  }

  @Test func `a namespace that no script serves is never opened`() throws {
    let app = try App("")
    app.isolate.open(socket: 9, namespace: "/other", id: "x", session: 1)
    app.isolate.connect(socket: 9, auth: nil)
    #expect(app.take().isEmpty)
  }

  @Test func `a failing handler is reported and its client gets a generic error`() throws {
    let app = try App("function on_x(self, t)\n  return t.a.b\nend", development: false)
    let told = app.send(#"["x",{}]"#, ack: 1)
    #expect(told.map(\.kind) == [.failure, .emit])
    let failure = try #require(told.first?.failure)
    #expect(failure.code == .runtime && failure.file == "test.lua" && failure.line == 2)
    #expect(failure.message.contains("attempt to index a nil value"))
    #expect(failure.traceback?.contains("test.lua:2") == true)
    #expect(told.first?.name == "x")
    #expect(told.last?.body.hasPrefix(#"["error","internal_error","internal error",{"#) == true)
  }

  @Test func `in development the client sees the real message`() throws {
    let app = try App("function on_x() error('what happened') end")
    #expect(app.send(#"["x"]"#).last?.body == #"["error","internal_error","what happened"]"#)
  }

  @Test(arguments: [
    ("{}", "table"), ("{ code = 1 }", "table"), ("nil", "nil"), ("42", "42"), ("print", "function"),
    ("setmetatable({}, { __tostring = function() return 'mine' end })", "mine"),
    ("setmetatable({}, { __tostring = function() error('no') end })", "cannot be shown"),
  ])
  func `any value may be raised`(value: String, shown: String) throws {
    let app = try App("function on_x() error(\(value)) end")
    #expect(app.send(#"["x"]"#).first?.failure?.message.contains(shown) == true)
  }
}
