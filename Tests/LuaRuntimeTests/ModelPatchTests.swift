import LuaRuntime
import Testing

/// What is published of a model that has changed: one patch a run, no longer than need be.
@Suite struct ModelPatchTests {
  private func change(_ initial: String, _ statements: String) throws -> [String] {
    try App(modelScript(initial)).change(statements)
  }

  @Test(arguments: [
    ("{ a = 1 }", "m.a = 2", #"{"op":"replace","path":"/a","value":2}"#),
    ("{ a = 1 }", "m.b = 'x'", #"{"op":"add","path":"/b","value":"x"}"#),
    ("{ a = 1 }", "m.a = nil", #"{"op":"remove","path":"/a"}"#),
    ("{ a = 1 }", "m.a = perigee.null", #"{"op":"replace","path":"/a","value":null}"#),
    ("{ a = { b = { c = 1 } } }", "m.a.b.c = 2", #"{"op":"replace","path":"/a/b/c","value":2}"#),
    ("{ a = {} }", "m.a.b = 1", #"{"op":"replace","path":"/a","value":{"b":1}}"#),
    ("{ a = perigee.json.object{} }", "m.a.b = 1", #"{"op":"add","path":"/a/b","value":1}"#),
    ("{ a = perigee.json.object{} }", "m.a[7] = 1", #"{"op":"add","path":"/a/7","value":1}"#),
    ("{ ['a/b~c'] = 1 }", "m['a/b~c'] = 2", #"{"op":"replace","path":"/a~1b~0c","value":2}"#),
    ("{ l = {} }", "m.l:push{ x = 1 }", #"{"op":"add","path":"/l/0","value":{"x":1}}"#),
    ("{ l = { 1, 2, 3 } }", "m.l:push(4)", #"{"op":"add","path":"/l/3","value":4}"#),
    ("{ l = { 1, 2, 3 } }", "m.l[4] = 4", #"{"op":"add","path":"/l/3","value":4}"#),
    ("{ l = { 1, 2, 3 } }", "m.l:remove(1)", #"{"op":"remove","path":"/l/0"}"#),
    ("{ l = { 1, 2, 3 } }", "table.remove(m.l, 2)", #"{"op":"remove","path":"/l/1"}"#),
    ("{ l = { 1, 2, 3 } }", "m.l:pop()", #"{"op":"remove","path":"/l/2"}"#),
    ("{ l = { 1, 2, 3 } }", "m.l[3] = nil", #"{"op":"remove","path":"/l/2"}"#),
    ("{ l = { 1, 2, 3 } }", "m.l:shift()", #"{"op":"remove","path":"/l/0"}"#),
    ("{ l = { 1, 2, 3 } }", "m.l:unshift(0)", #"{"op":"add","path":"/l/0","value":0}"#),
    ("{ l = { 1, 2, 3 } }", "table.insert(m.l, 2, 9)", #"{"op":"add","path":"/l/1","value":9}"#),
    ("{ l = { 1, 2, 3 } }", "m.l[2] = 9", #"{"op":"replace","path":"/l/1","value":9}"#),
    ("{ l = { 2, 1, 3 } }", "m.l:sort()", #"{"op":"move","from":"/l/1","path":"/l/0"}"#),
    ("{ l = { 2, 3, 1 } }", "table.sort(m.l)", #"{"op":"move","from":"/l/2","path":"/l/0"}"#),
    (
      "{ l = { { n = 3 }, { n = 1 }, { n = 2 } } }",
      "m.l:sort(function(a, b) return a.n < b.n end)",
      #"{"op":"move","from":"/l/0","path":"/l/2"}"#
    ),
    (
      "{ l = { { n = 1 }, { n = 2 } } }", "m.l[2].n = 5",
      #"{"op":"replace","path":"/l/1/n","value":5}"#
    ),
    (
      "{ l = { { n = 1 }, { n = 2 }, { n = 3 } } }", "m.l:push(m.l:remove(1))",
      #"{"op":"move","from":"/l/0","path":"/l/2"}"#
    ),
    (
      "{ l = { { n = 1 }, { n = 2 } } }", "m.l:insert(1, { n = 0 }) m.l[3].n = 9",
      #"{"op":"add","path":"/l/0","value":{"n":0}},{"op":"replace","path":"/l/2/n","value":9}"#
    ),
    (
      "{ l = { { n = 1 }, { n = 2 } } }", "local r = m.l:remove(1) r.n = 7 m.l:push(r)",
      #"{"op":"move","from":"/l/1","path":"/l/0"},{"op":"replace","path":"/l/1/n","value":7}"#
    ),
    (
      "{ l = { { n = 1 }, { n = 2 }, { n = 3 } } }",
      "m.l = { { n = 1 }, { n = 2, k = true }, { n = 3 } }",
      #"{"op":"add","path":"/l/1/k","value":true}"#
    ),
    (
      "{ l = { { n = 1 }, { n = 2 }, { n = 3 } } }", "m.l = { { n = 2 }, { n = 3 } }",
      #"{"op":"remove","path":"/l/0"}"#
    ),
    ("{ a = { x = 1, y = 2 } }", "m.a = { x = 1, y = 3 }", #"{"op":"replace","path":"/a/y","value":3}"#),
    ("{ l = { 1 } }", "m.l = 5", #"{"op":"replace","path":"/l","value":5}"#),
    ("{ l = { 1 } }", "m.l = perigee.json.object{}", #"{"op":"replace","path":"/l","value":{}}"#),
    ("{ l = { 1 } }", "m.l:clear()", #"{"op":"remove","path":"/l/0"}"#),
  ])
  func `one change is one operation`(initial: String, statements: String, patch: String) throws {
    #expect(try change(initial, statements) == [patch])
  }

  @Test(arguments: [
    ("{ a = 1 }", "m.a = 1"), ("{ a = 1 }", "m.a = 2 m.a = 1"), ("{ a = 1 }", "m.b = 1 m.b = nil"),
    ("{ l = { 1, 2 } }", "m.l:push(3) m.l:pop()"), ("{ l = { 1, 2 } }", "m.l = { 1, 2 }"),
    ("{ l = { { n = 1 } } }", "m.l[1] = { n = 1 }"), ("{ l = { 1, 2 } }", "m.l:sort()"),
    ("{ l = { { n = 1 } } }", "m.l[1].n = 2 m.l[1].n = 1"),
    ("{ l = { { n = 1 }, { n = 2 } } }", "m.l:insert(1, m.l:remove(2)) m.l:push(m.l:remove(1))"),
    ("{ a = {} }", "m.a.b = 1 m.a = {}"), ("{ a = 1 }", "m.missing = nil"),
    ("{ a = { b = 1 } }", "m.a = m.a"), ("{ a = { b = 1 } }", "local a = m.a m.a = nil m.a = a"),
  ])
  func `no net change is not published`(initial: String, statements: String) throws {
    #expect(try change(initial, statements).isEmpty)
  }

  @Test func `a patch longer than the model is a replacement of the whole`() throws {
    let app = try App(modelScript("{ l = {} }"))
    _ = app.change("for i = 1, 100 do m.l:push(i) end m.o = perigee.json.object{}")
    #expect(app.change("m.l:clear() m.x = 1").map { $0.count < 100 } == [true])
    _ = app.change("for i = 1, 50 do m.o[i] = i end m.l = { 1 }")
    #expect(
      app.change("for i = 1, 50 do m.o[i] = nil end")
        == [#"{"op":"replace","path":"","value":\#(app.snapshot("m"))}"#])
  }

  @Test func `patches follow what the handler itself sends`() throws {
    let app = try App(
      "m = perigee.model('m', { n = 0 }) function on_add(self) m.n = m.n + 1 self:emit('x') return true end")
    let told = app.send(#"["add"]"#, ack: 4)
    #expect(told.map(\.kind) == [.emit, .ack, .publish])
    #expect(told.last?.name == "model:m" && told.last?.namespace == "/test")
    #expect(
      told.last?.body
        == #"["pubblication",{"patch":[{"op":"replace","path":"/n","value":1}]}]"#)
  }

  @Test func `a failing handler's changes are published`() throws {
    let app = try App("m = perigee.model('m', { n = 0 }) function on_x() m.n = 1 error('no') end")
    #expect(app.send(#"["x"]"#).map(\.kind) == [.failure, .emit, .publish])
  }

  @Test func `each slice of a waiting handler publishes`() throws {
    let app = try App(
      "m = perigee.model('m', { n = 0 }) function on_x() m.n = 1 perigee.sleep(1) m.n = 2 end")
    let told = app.send(#"["x"]"#)
    #expect(told.map(\.kind) == [.sleep, .publish])
    app.isolate.wake(told[0].token)
    #expect(app.take().texts == [#"publish model:m {"patch":[{"op":"replace","path":"/n","value":2}]}"#])
  }
}
