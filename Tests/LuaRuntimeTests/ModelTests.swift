import LuaRuntime
import Testing

/// Models as scripts see them: tables that read, walk and change like any other.
@Suite struct ModelTests {
  /// What the expression is, of a model `m`, as JSON text.
  private func value(_ initial: String, _ expression: String) throws -> String {
    try App(modelScript(initial)).ask(#"["run","return \#(expression)"]"#)
  }

  @Test(arguments: [
    ("{ a = 1 }", "m.a", "1"), ("{ a = 1 }", "m.b", "null"),
    ("{ a = { b = 'x' } }", "m.a.b", #""x""#),
    ("{ l = { 1, 2 } }", "#m.l", "2"), ("{ a = 1 }", "#m", "0"),
    ("{ l = { 1, 2 } }", "m.l", "[1,2]"),
    ("{ l = {} }", "m", #"{"l":[]}"#), ("{}", "m", "{}"), ("{ l = {} }", "{ m.l }", "[[]]"),
    ("{ o = perigee.json.object{} }", "m", #"{"o":{}}"#),
    ("{ l = { 1, 2 } }", "type(m.l)", #""table""#),
    ("{ l = { 3, 4 } }", "table.concat(m.l, '-')", #""3-4""#),
    ("{ l = { 3 } }", "next(m.l)", "1,3"), ("{ l = {} }", "next(m.l) == nil", "true"),
    ("{ l = { 3, 4 } }", "table.unpack(m.l)", "3,4"),
    ("{ l = { 3, 4 } }", "rawlen(m.l)", "2"), ("{ a = 5 }", "rawget(m, 'a')", "5"),
    ("{ a = { b = 1 } }", "m.a == m.a", "true"), ("{ a = 1 }", "getmetatable(m)", "false"),
    ("{ a = { 1, { b = 2 } } }", "perigee.json.encode(m.a)", #""[1,{\"b\":2}]""#),
    ("{ a = { b = 2 } }", "getmetatable(perigee.plain(m.a))", "null"),
    ("{ a = { b = 2 } }", "perigee.plain(m).a", #"{"b":2}"#), ("{ l = { 1 } }", "m.l:pop()", "1"),
    ("{ l = {} }", "m.l:pop()", "null"), ("{ l = { 1, 2 } }", "m.l:remove(1)", "1"),
    ("{ l = { 1, 2 } }", "m.l:shift(), m.l", "1,[2]"),
    ("{ o = perigee.json.object{} }", "m.o.push", "null"),
    ("{ a = perigee.null }", "m.a == perigee.null", "true"),
    ("{ a = {} }", "perigee.json.object(m.a), m.a, #m.a", "{},[],0"),
  ])
  func `models read like tables`(initial: String, expression: String, value: String) throws {
    let escaped = expression.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    #expect(try self.value(initial, escaped) == value)
  }

  @Test func `loops walk through lists and objects`() throws {
    let app = try App(modelScript("{ l = { 3, 4 }, o = { a = 1, b = 2 } }"))
    let walk =
      "local s = 0 for i, v in ipairs(m.l) do s = s + i * v end "
      + "for k, v in pairs(m.o) do s = s + v end for k, v in pairs(m.l) do s = s + k end "
      + "for k, v in next, m.o do s = s + v end return s"
    #expect(app.ask(#"["run","\#(walk)"]"#) == "20")
  }

  @Test(arguments: [
    ("m.a = print", "a function cannot be part of a model"), ("m.a = 0/0", "infinity or NaN"),
    ("m.a = 1e999", "infinity or NaN"), ("m.a = '\\xff'", "not valid UTF-8"),
    ("m['\\xff'] = 1", "not valid UTF-8"), ("m.l[5] = 1", "would leave a gap in a list of 2"),
    ("m.l[1] = nil", "use list:remove(1)"), ("m.l.x = 1", "a list has no field for a string"),
    ("m.a = { 1, x = 2 }", "a table with gaps or with both numbers and names"),
    ("m.a = { [3] = 1 }", "gaps"), ("m.a = perigee.binary('x')", "a binary value"),
    ("local t = {} t.t = t m.a = t", "contains itself"), ("m.a = { b = print }", "at \"b\""),
    ("m.a = { [true] = 1 }", "a boolean cannot be a key"),
    ("m[true] = 1", "a boolean cannot be a key"),
    ("m.l:insert(9, 1)", "there is no position 9 in a list of 2"),
    ("m.l:push()", "push needs a value"),
    ("m.l.push(1)", "call it with a colon"), ("m.l:remove('x')", "remove needs a whole number"),
    ("rawset(m, 'a', 1)", "cannot be set by rawset"),
    ("setmetatable(m, {})", "protected metatable"),
    ("m.o.push(1)", "attempt to call a nil value"), ("table.insert(m.o, 1)", "has named fields"),
    ("m.l:push(print)", "a function"),
    ("perigee.publish('model:m', 1)", "a model publishes on its channel itself"),
  ])
  func `what a model cannot hold is an error at the script's line`(code: String, message: String)
    throws
  {
    let app = try App(
      """
      m = perigee.model("m", { l = { 1, 2 }, l2 = { {} }, o = { x = 1 } })
      function on_x()
        \(code)
      end
      """)
    let told = app.send(#"["x"]"#)
    let failure = try #require(told.first?.failure)
    #expect(failure.message.contains(message))
    #expect(failure.file == "test.lua" && failure.line == 3)
    #expect(!told.contains { $0.kind == .publish })
  }

  @Test func `a list that changes while it is sorted is an error`() throws {
    let app = try App(modelScript("{ l = { 2, 1 } }"))
    let told = app.change("m.l:sort(function(a, b) m.l:pop() return a < b end)")
    #expect(
      told == [
        "run:1: the list was changed while it was being sorted", #"{"op":"remove","path":"/l/1"}"#,
      ])
  }

  @Test func `a table cannot be put into itself`() throws {
    let app = try App(modelScript("{ l = { {} } }"))
    let told = app.change("local r = m.l:remove(1) r.x = r")
    #expect(
      told == [
        "run:1: a table of a model cannot contain itself", #"{"op":"remove","path":"/l/0"}"#,
      ])
  }

  @Test func `a model holds copies of what it is given`() throws {
    let app = try App(modelScript("{ a = {}, b = {} }"))
    _ = app.change("local t = { x = { 1 } } m.a = t t.x[1] = 2 m.b = m.a m.b.x[1] = 3")
    let value = try JSONTree(app.snapshot("m"))
    #expect(value == (try JSONTree(#"{"a":{"x":[1]},"b":{"x":[3]}}"#)))
  }

  @Test func `a list becomes an object by its first name, and stays one`() throws {
    let app = try App(modelScript("{ a = {} }"))
    _ = app.change("m.a.x = 1 m.a.x = nil")
    #expect(app.snapshot("m") == #"{"a":{}}"#)
  }

  @Test func `tables are nested as deep as JSON may be`() throws {
    let app = try App(modelScript("{}"))
    let deep = "local t = {} for i = 1, %d do t = { t } end m.t = t"
    let tooDeep = app.change(deep.replacing("%d", with: "80"))
    #expect(tooDeep.first?.contains("nested too deeply") == true)
    #expect(app.change(deep.replacing("%d", with: "58")).first?.hasPrefix(#"{"op":"add""#) == true)
    let climb = """
      local r = m.t[1] m.t[1] = nil
      for i = 1, 9 do m.o = perigee.json.object{} local p = m.o m.o = nil p.r = r r = p end
      m.t[1] = r
      """
    #expect(app.change(climb).first?.contains("nested too deeply") == true)
  }

  @Test func `a model may be declared once, while scripts are loaded`() throws {
    #expect(throws: LuaError.self) { try App("perigee.model('m', {})\nperigee.model('m', {})") }
    let app = try App("function on_x() perigee.model('m', {}) end")
    #expect(
      app.send(#"["x"]"#).first?.failure?.description
        == "test.lua:1: models are declared while the script is loaded")
  }

  @Test(arguments: [
    ("perigee.model()", "the name of a model"), ("perigee.model('a:b', {})", "the name of a model"),
    ("perigee.model('m')", "begins as a table or a function"),
    ("perigee.model('m', { 1 })", "cannot be a list"),
    ("perigee.model('m', { f = print })", "a function cannot be part"),
    ("perigee.model('m', {}, { reads = 1 })", "but no reads"),
    ("perigee.model('m', {}, { read = 1 })", "read is a function or true"),
    ("perigee.model('m', {}, { history = -1 })", "history is a whole number"),
    ("perigee.model('m', {}, { idle = 1 })", "for models that begin with a function"),
    ("perigee.model('m', function() end)['x'] = 1", "makes its values itself"),
    ("return perigee.model('m', function() end).x", "must return a table"),
    ("return perigee.model('m', function() return {} end)['']", "the key of a model"),
  ])
  func `a wrong declaration fails the load at its line`(code: String, message: String) throws {
    do {
      _ = try App("\n\(code)")
      Issue.record("it loaded")
    } catch let error as LuaError {
      #expect(error.message.contains(message))
      #expect(error.file == "test.lua" && error.line == 2)
    }
  }
}
