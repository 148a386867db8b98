import LuaRuntime
import Testing

/// The part of the library that is Lua: scripts get what it offers and nothing else of it.
@Suite struct PreludeTests {
  @Test func `scripts and modules get what it offers`() throws {
    let app = try App(
      "local m = require 'm' function on_run() return type(perigee.model), m end",
      modules: ["m": "return type(perigee.plain)"])
    #expect(app.ask(#"["run"]"#) == #""function","function""#)
  }

  @Test(arguments: [
    "prelude", "host", "perigee.host", "perigee.prelude", "debug.getinfo", "debug.getupvalue",
    "getmetatable(m)", "rawget(m, 1)", "next(perigee.plain(m))",
  ])
  func `its inside is out of reach`(expression: String) throws {
    let app = try App(
      "m = perigee.model('m', {}) function on_run() return \(expression) or nil end")
    #expect(app.ask(#"["run"]"#).isEmpty || app.ask(#"["run"]"#) == "null")
  }

  @Test func `what one script changes of it another does not see`() throws {
    let app = try App(
      """
      perigee.model = nil
      function on_run() return perigee.model == nil end
      """)
    #expect(app.ask(#"["run"]"#) == "true")
    try app.load("function on_run() return type(perigee.model) end")
    #expect(app.ask(#"["run"]"#) == #""function""#)
  }

  @Test func `an error of its functions names the script's line`() throws {
    let app = try App("function on_run()\n  perigee.model('m', {})\nend")
    let failure = app.send(#"["run"]"#).first?.failure
    #expect(failure?.file == "test.lua" && failure?.line == 2)
  }

  @Test func `walking through a table of a model shows nothing but its content`() throws {
    let app = try App(
      """
      m = perigee.model("m", { a = { b = 1 }, l = { 1 } })
      function on_run()
        local found = {}
        for _, t in ipairs{ m, m.a, m.l } do
          for k in next, t do found[#found + 1] = tostring(k) end
        end
        table.sort(found)
        return found
      end
      """)
    #expect(app.ask(#"["run"]"#) == #"["1","a","b","l"]"#)
  }
}
