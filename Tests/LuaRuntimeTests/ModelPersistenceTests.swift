import LuaRuntime
import Testing

/// What the host stores of models, and how it comes back.
@Suite struct ModelPersistenceTests {
  private static let script = """
    m = perigee.model("m", { n = 0 }, { persist = true })
    temporary = perigee.model("t", { n = 0 })
    r = perigee.model("r", function() return { n = 0 } end, { persist = true })
    function on_add(self, key)
      local model = key and r[key] or m
      model.n = model.n + 1
      temporary.n = model.n
    end
    function on_get(self, key) return r[key].n end
    function on_drop(self, key) r[key] = nil end
    """

  private func app(kept: [String: String] = [:], _ script: String = script) throws -> App {
    let app = try App("x = 1")
    try app.isolate.load(
      LuaProgram(
        scripts: [LuaScript(namespace: "/test", file: "test.lua", source: Array(script.utf8))],
        kept: kept.mapValues { Array($0.utf8) }))
    return app
  }

  private func keep(_ app: App) -> [String] {
    guard app.isolate.keepIsDue else { return ["nothing"] }
    app.isolate.keep()
    return app.take().filter { $0.kind == .keep }.map { "\($0.name) \($0.body)" }.sorted()
  }

  @Test func `what has changed is stored once`() throws {
    let app = try app()
    #expect(keep(app) == ["nothing"])
    app.send(#"["add"]"#)
    app.send(#"["add"]"#)
    #expect(keep(app) == [#"m {"n":2}"#])
    #expect(keep(app) == ["nothing"])
    app.send(#"["add","a"]"#)
    #expect(keep(app) == [#"r:a {"n":1}"#])
  }

  @Test func `stored values come back, with new fields`() throws {
    let app = try app(kept: ["m": #"{"l":[],"n":7}"#, "r:a": #"{"n":8}"#, "gone": "{}"])
    #expect(try JSONTree(app.snapshot("m")) == JSONTree(#"{"l":[],"n":7}"#))
    #expect(app.ask(#"["get","a"]"#) == "8" && app.ask(#"["get","b"]"#) == "0")
    let wider = "perigee.model('m', { n = 0, k = 1 }, { persist = true })"
    #expect(
      try JSONTree(self.app(kept: ["m": #"{"n":7}"#], wider).snapshot("m"))
        == JSONTree(#"{"n":7,"k":1}"#))
  }

  @Test(arguments: ["", "{", "7", "[1]"])
  func `a stored value that is not usable is reported and passed over`(text: String) throws {
    let app = try app(kept: ["m": text])
    #expect(app.take().contains { $0.kind == .log && $0.body.contains("the model m") })
    #expect(app.snapshot("m") == #"{"n":0}"#)
  }

  @Test func `a dropped value is forgotten by the host too`() throws {
    let app = try app()
    app.send(#"["add","a"]"#)
    let sent = app.send(#"["drop","a"]"#)
    #expect(sent.map(\.kind) == [.publish, .keep])
    #expect(sent.first?.body.contains(#"{"reset":true}"#) == true)
    #expect(sent.last.map { "\($0.name)\($0.body)" } == "r:a")
    #expect(app.ask(#"["get","a"]"#) == "0")
  }
}
