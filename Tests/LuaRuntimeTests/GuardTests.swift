import LuaRuntime
import Testing

@Suite struct GuardTests {
  private let script = """
    local H = {}
    H.validate = {
      save = schema{ name = text{ max = 5 }, age = integer{ optional = true } },
      rename = { integer{ min = 1 }, text{ max = 5, optional = true } },
      ["user message"] = text{},
      told = schema{ a = text{}, on_error = "told_failed" },
      asked = { text{}, on_error = function(self, errors, ...) return "asked", errors, ... end },
      slow = text{ check = function(value) perigee.sleep(1) return value == "yes", "too late" end },
      broken = text{ check = function(value)
        return value.x.y end },
    }
    H.require = {
      save = function(self, value) return type(value) ~= "table" or value.name ~= "root", "not root" end,
      delete = { auth.logged_in(), auth.role("admin") },
      wait = function(self) perigee.sleep(1) return self.good end,
      plain = function() end,
    }
    function H:on_save(...) return select("#", ...), ... end
    function H:on_rename(...) return select("#", ...), ... end
    function H:on_user_message(text) return text end
    function H:on_told(value) return value end
    function H:on_asked(text) return text end
    function H:on_slow(text) return text end
    function H:on_broken(text) return text end
    function H:on_delete() return "deleted" end
    function H:on_wait() return "waited" end
    function H:on_plain() return "plain" end
    function H:on_login(role) self.user = { role = role } end
    function H:on_free(...) return ... end
    return H
    """

  private func error(_ name: String, _ message: String, _ data: String) -> String {
    "emit " + canonical(json: "[\"error\",\"\(name)\",\"\(message)\",\(data)]")
  }

  private func send(_ app: App, _ payload: String, ack: Int64 = 3) -> [String] {
    app.send(payload, ack: ack).map {
      $0.kind == .emit ? "emit " + canonical(json: $0.body) : $0.description
    }
  }

  @Test func `a handler gets cleaned arguments, and no others`() throws {
    let app = try App(script)
    #expect(app.ask(#"["save",{"name":" a ","age":"5","x":1},7]"#).hasPrefix("1,{"))
    #expect(app.ask(#"["save",{"name":" a ","x":1},7]"#) == #"1,{"name":"a"}"#)
    #expect(app.ask(#"["rename","7"," b ",1]"#) == #"2,7,"b""#)
    #expect(app.ask(#"["rename",7]"#) == "2,7,null")
    #expect(app.ask(#"["user message"," hi "]"#) == #""hi""#)
    #expect(app.ask(#"["free",1," hi "]"#) == #"1," hi ""#)
  }

  @Test func `invalid arguments are an error event with the errors`() throws {
    let app = try App(script)
    let message = #"some arguments of \"save\" are not valid"#
    #expect(
      send(app, #"["save",{"name":"abcdef","age":"x"}]"#) == [
        error(
          "invalid_method_args", message,
          #"{"event":"save","ack":3,"errors":{"name":"must have 5 or fewer characters","age":"must be a whole number"}}"#
        )
      ])
    #expect(
      send(app, #"["save"]"#, ack: -1) == [
        error("invalid_method_args", message, #"{"event":"save","errors":{"_":"is required"}}"#)
      ])
    #expect(
      send(app, #"["rename",0,"abcdef"]"#) == [
        error(
          "invalid_method_args", #"some arguments of \"rename\" are not valid"#,
          #"{"event":"rename","ack":3,"errors":{"1":"must be 1 or more","2":"must have 5 or fewer characters"}}"#
        )
      ])
    #expect(
      send(app, #"["user message",5]"#)[0].contains(#""event":"user message""#))
  }

  @Test func `on_error names an event or is a function`() throws {
    let app = try App(script)
    #expect(
      send(app, #"["told",{}]"#) == [
        #"emit ["told_failed",{"a":"is required"}]"#,
        #"ack [false,"some arguments of \"told\" are not valid"]"#,
      ])
    #expect(send(app, #"["told",{}]"#, ack: -1) == [#"emit ["told_failed",{"a":"is required"}]"#])
    #expect(send(app, #"["asked",5,6]"#) == [#"ack ["asked",{"1":"must be text"},5,6]"#])
    #expect(send(app, #"["asked","x",6]"#) == [#"ack ["x"]"#])
  }

  @Test func `a check may wait`() throws {
    let app = try App(script)
    for (answer, expected) in [("yes", #"ack ["yes"]"#), ("no", "too late")] {
      let told = app.send("[\"slow\",\"\(answer)\"]", ack: 3)
      #expect(told.texts == ["sleep"])
      app.isolate.wake(told[0].token)
      let after = app.take()
      #expect(after.count == 1 && after[0].description.contains(expected))
    }
  }

  @Test func `a broken check is an internal error with its line`() throws {
    let app = try App(script)
    let told = app.send(#"["broken","x"]"#, ack: 3)
    let failure = told.first { $0.kind == .failure }?.failure
    #expect(failure?.file == "test.lua" && failure?.line == 10)
    #expect(told.contains { $0.kind == .emit && $0.body.contains("internal_error") })
  }

  @Test func `a predicate refuses before arguments are looked at`() throws {
    let app = try App(script)
    #expect(
      send(app, #"["save",{"name":"root","age":"x"}]"#) == [
        error("not_allowed", "not root", #"{"event":"save","ack":3}"#)
      ])
    #expect(
      send(app, #"["plain"]"#, ack: -1) == [
        error("not_allowed", #"\"plain\" is not allowed"#, #"{"event":"plain"}"#)
      ])
  }

  @Test func `predicates are asked in order`() throws {
    let app = try App(script)
    let refused = { error("not_allowed", $0, #"{"event":"delete","ack":3}"#) }
    #expect(send(app, #"["delete"]"#) == [refused("log in first")])
    app.send(#"["login","user"]"#)
    #expect(send(app, #"["delete"]"#) == [refused("this needs the role admin")])
    app.send(#"["login","admin"]"#)
    #expect(send(app, #"["delete"]"#) == [#"ack ["deleted"]"#])
  }

  @Test func `a client that leaves while a predicate waits gets no handler`() throws {
    let app = try App(script)
    let told = app.send(#"["wait"]"#, ack: 3)
    #expect(told.texts == ["sleep"])
    app.disconnect()
    app.isolate.wake(told[0].token)
    #expect(app.take().isEmpty)
  }

  @Test func `guards are found among globals too, unless they are functions`() throws {
    let app = try App(
      """
      require = { a = auth.logged_in() }
      function validate() end
      function on_a() return 1 end
      """)
    #expect(app.send(#"["a"]"#, ack: 3)[0].body.contains("not_allowed"))
    let methods = try App(
      """
      local H = {}
      function H:validate() return 5 end
      function H:on_a() return self:validate() end
      return H
      """)
    #expect(methods.ask(#"["a"]"#) == "5")
  }

  @Test func `on_any is guarded by the names of its events`() throws {
    let app = try App(
      """
      validate = { hello = text{ max = 2 } }
      function on_any(self, event, ...) return event, ... end
      """)
    #expect(app.ask(#"["hello"," a "]"#) == #""hello","a""#)
    #expect(app.ask(#"["other"," a "]"#) == #""other"," a ""#)
    #expect(app.send(#"["hello","abc"]"#, ack: 3)[0].body.contains("invalid_method_args"))
  }

  @Test func `a reload brings new guards`() throws {
    let app = try App("validate = { a = text{} } function on_a(self, v) return v end")
    #expect(app.ask(#"["a"," x "]"#) == #""x""#)
    try app.load("function on_a(self, v) return v end")
    #expect(app.ask(#"["a"," x "]"#) == #"" x ""#)
  }

  @Test(arguments: [
    (
      "H.validate = { sav = text{} }",
      #"test.lua:3: validate names the event "sav", but there is no on_sav; did you mean "save"?"#
    ),
    (
      "H.requires = { save = auth.logged_in() }",
      "test.lua: requires guards nothing: the field is called require"
    ),
    ("H.validate = text{}", "test.lua: validate must be a table by event, not a rule"),
    ("H.validate = 5", "test.lua: validate must be a table by event, not 5"),
    ("H.validate = { text{} }", "test.lua:3: validate must be a table by event, without the key 1"),
    (
      "H.validate = { save = {} }",
      #"test.lua: validate: the event "save" needs a rule, such as schema{ … }, or a list of rules, not a table"#
    ),
    (
      "H.validate = { save = { text{}, 5 } }",
      #"test.lua:3: validate: argument 2 of the event "save" needs a rule, not 5"#
    ),
    (
      "H.validate = { save = { text{}, onerror = 'x' } }",
      #"test.lua:3: validate: the event "save" does not know the option "onerror"; did you mean "on_error"?"#
    ),
    (
      "H.require = { sav = print }",
      #"test.lua: require names the event "sav", but there is no on_sav; did you mean "save"?"#
    ),
    (
      "H.require = { save = true }",
      #"test.lua: require: the event "save" needs a function, such as auth.logged_in(), or a list of functions, not true"#
    ),
    (
      "H.require = { save = { print, 'x' } }",
      #"test.lua: require: the event "save" needs a list of functions, without "x""#
    ),
  ])
  func `a wrong declaration fails the load`(declaration: String, message: String) throws {
    let failed = #expect(throws: LuaError.self) {
      _ = try App("local H = {}\nfunction H:on_save() end\n\(declaration)\nreturn H")
    }
    #expect(failed?.description == message)
  }
}
