import LuaRuntime
import Testing

@Suite struct MiddlewareTests {
  private let script = """
    local steps = {}
    local function step(name)
      return function(self, auth)
        steps[#steps + 1] = name
        if auth.wait == name then perigee.sleep(1) end
        if auth.refuse == name then return false end
        if auth.reject == name then reject("not " .. name, { at = name }) end
        if auth.fail == name then error("broken " .. name) end
        self[name] = true
      end
    end
    local H = { middleware = { step("a"), step("b") } }
    H.on_connect = step("c")
    function H:on_steps() return steps, self.a, self.b, self.c end
    return H
    """

  private func connect(_ auth: String) throws -> (App, [Told]) {
    let app = try App(script, connected: false)
    app.open()
    app.connect(auth: auth)
    return (app, app.take())
  }

  @Test func `its functions run in order before on_connect`() throws {
    let (app, told) = try connect("{}")
    #expect(told.texts == ["accept"])
    #expect(app.ask(#"["steps"]"#) == #"["a","b","c"],true,true,true"#)
  }

  @Test func `each may wait`() throws {
    for name in ["a", "b", "c"] {
      let (app, told) = try connect("{\"wait\":\"\(name)\"}")
      #expect(told.texts == ["sleep"])
      app.isolate.wake(told[0].token)
      #expect(app.take().texts == ["accept"])
      #expect(app.ask(#"["steps"]"#) == #"["a","b","c"],true,true,true"#)
    }
  }

  @Test(arguments: [
    (#"{"refuse":"a"}"#, ["refuse connection refused"], #"["a","a","b","c"]"#),
    (#"{"refuse":"b"}"#, ["refuse connection refused"], #"["a","b","a","b","c"]"#),
    (#"{"refuse":"c"}"#, ["refuse connection refused"], #"["a","b","c","a","b","c"]"#),
    (#"{"reject":"b"}"#, [#"refuse not b {"at":"b"}"#], #"["a","b","a","b","c"]"#),
    (#"{"reject":"c"}"#, [#"refuse not c {"at":"c"}"#], #"["a","b","c","a","b","c"]"#),
    (
      #"{"fail":"a"}"#, ["failure test.lua:8: broken a", "refuse broken a"], #"["a","a","b","c"]"#
    ),
  ])
  func `the first refusal ends it`(auth: String, expected: [String], steps: String) throws {
    let (app, told) = try connect(auth)
    #expect(told.texts == expected)
    app.open(8)
    app.connect(8, auth: "{}")
    app.take()
    #expect(app.send(#"["steps"]"#, ack: 1, to: 8)[0].body == "[\(steps),true,true,true]")
  }

  @Test func `a client that leaves meanwhile is asked no further`() throws {
    let (app, told) = try connect(#"{"wait":"a"}"#)
    app.disconnect()
    app.isolate.wake(told[0].token)
    #expect(app.take().isEmpty)
    app.open(8)
    app.connect(8, auth: "{}")
    app.take()
    #expect(app.send(#"["steps"]"#, ack: 1, to: 8)[0].body.hasPrefix(#"[["a","a","b","c"]"#))
  }

  @Test func `a client that left cannot be refused any more`() throws {
    let (app, told) = try connect(#"{"wait":"a","reject":"a"}"#)
    app.disconnect()
    app.isolate.wake(told[0].token)
    #expect(app.take().isEmpty)
  }

  @Test func `without on_connect the middleware decides`() throws {
    let app = try App("middleware = { function() return false end }", connected: false)
    app.open()
    app.connect()
    #expect(app.take().texts == ["refuse connection refused"])
  }

  @Test(arguments: [
    ("middleware = 5", "not a number"), ("middleware = { 5 }", "without a number"),
    ("middleware = { print, x = print }", "without a name or a gap"),
    ("return { middleware = { [2] = print } }", "without a name or a gap"),
  ])
  func `a list that is none fails the load`(source: String, message: String) throws {
    let error = #expect(throws: LuaError.self) { try App(source) }
    #expect(error?.message.hasPrefix("test.lua: middleware must be a list of functions") == true)
    #expect(error?.message.contains(message) == true)
  }
}
