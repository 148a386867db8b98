import LuaRuntime
import Testing

/// The data of a model outlives the scripts that declare it.
@Suite struct ModelReloadTests {
  private static let counter = "m = perigee.model('m', { n = 0 }) function on_add() m.n = m.n + 1 end"

  @Test func `a reload keeps the data and adds new fields`() throws {
    let app = try App(Self.counter)
    _ = app.send(#"["add"]"#)
    try app.load("m = perigee.model('m', { n = 5, new = true })")
    #expect(app.take().texts == [#"publish model:m {"patch":[{"op":"add","path":"/new","value":true}]}"#])
    #expect(try JSONTree(app.snapshot("m")) == JSONTree(#"{"n":1,"new":true}"#))
  }

  @Test func `a failed load takes everything back`() throws {
    let app = try App(
      "m = perigee.model('m', { n = 0, l = { { a = 1 }, { a = 2 } } }) function on_run(self, t) load(t)() end")
    #expect(throws: LuaError.self) {
      try app.load(
        """
        m = perigee.model("m", { more = 1 })
        local r = m.l:remove(1)
        r.a = 9 m.l[1].a = 8 m.n = 7 m.l:push{ a = 3 } m.l:push(r) m.l = { m.l }
        perigee.model("other", {})
        error("no")
        """)
    }
    #expect(app.take().isEmpty)
    let value = #"{"n":0,"l":[{"a":1},{"a":2}]}"#
    #expect(try JSONTree(app.snapshot("m")) == JSONTree(value))
    #expect(app.snapshot("other").contains("channel_not_available"))
    _ = app.send(#"["run","m.l[2].a = 5 m.l:sort(function(a, b) return a.a > b.a end)"]"#)
    #expect(try JSONTree(app.snapshot("m"))["l"] == JSONTree(#"[{"a":5},{"a":1}]"#))
  }

  @Test func `a model that is no longer declared is refused, and kept`() throws {
    let app = try App(Self.counter)
    _ = app.send(#"["add"]"#)
    try app.load("x = 1")
    #expect(app.snapshot("m").contains("channel_not_available"))
    try app.load(Self.counter)
    #expect(app.snapshot("m") == #"{"n":1}"#)
  }

  @Test func `changes while loading are published once the load has succeeded`() throws {
    let app = try App(Self.counter)
    try app.load("m = perigee.model('m', {}) m.n = 10")
    #expect(app.take().texts == [#"publish model:m {"patch":[{"op":"replace","path":"/n","value":10}]}"#])
  }

  @Test func `a handler that waited goes on with the same data`() throws {
    let app = try App(
      "m = perigee.model('m', { n = 0 }) function on_x() perigee.sleep(1) m.n = 5 end")
    let token = app.send(#"["x"]"#)[0].token
    try app.load("m = perigee.model('m', {})")
    app.take()
    app.isolate.wake(token)
    #expect(app.take().texts == [#"publish model:m {"patch":[{"op":"replace","path":"/n","value":5}]}"#])
  }

  @Test func `values with keys get new fields when they are next used`() throws {
    let script = "r = perigee.model('r', function() return { %s } end) function on_x() return r.a end"
    let app = try App(script.replacing("%s", with: "n = 1"))
    #expect(app.ask(#"["x"]"#) == #"{"n":1}"#)
    try app.load(script.replacing("%s", with: "n = 2, k = 3"))
    #expect(try JSONTree(app.ask(#"["x"]"#)) == JSONTree(#"{"n":1,"k":3}"#))
  }
}
