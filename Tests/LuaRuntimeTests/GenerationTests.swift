import LuaRuntime
import Testing

@Suite struct GenerationTests {
  @Test func `new events go to the new generation, connections and their fields stay`() throws {
    let app = try App(
      "function on_x(self) self.n = (self.n or 0) + 1 self.session.s = 'kept' return 'old', self.n end"
    )
    #expect(app.ask(#"["x"]"#) == #""old",1"#)
    try app.load(
      "function on_x(self) self.n = self.n + 1 return 'new', self.n, self.session.s, self.id end")
    #expect(app.isolate.generation == 2)
    #expect(app.ask(#"["x"]"#) == #""new",2,"kept","id-7""#)
  }

  @Test(arguments: [
    ("function on_x(", LuaError.Code.syntax, 1 as Int?), ("\n\nerror('no')", .runtime, 3),
    ("local t = nil\nreturn t.x", .runtime, 2), ("return 5", .runtime, nil),
    ("\u{1B}Lua", .syntax, nil),
  ])
  func `a generation that fails to load changes nothing`(
    source: String, code: LuaError.Code, line: Int?
  ) throws {
    let app = try App("function on_x() return 1 end")
    let error = #expect(throws: LuaError.self) { try app.load(source) }
    #expect(error?.code == code)
    if let line { #expect(error?.line == line && error?.file == "test.lua") }
    #expect(app.isolate.generation == 1 && app.ask(#"["x"]"#) == "1")
  }

  @Test func `a failed load leaves nothing behind but what it logged`() throws {
    let app = try App("function on_x() return 1 end")
    #expect(throws: LuaError.self) {
      try app.load("perigee.after(1, print) perigee.emit('x') print('seen') error('no')")
    }
    #expect(app.take().texts.filter { $0 != "timerCancel" } == ["log seen"])
    #expect(app.isolate.timers == 0)
  }

  @Test func `on_reload receives the old table of handlers and can carry state over`() throws {
    let source = """
      local H = { count = 0 }
      function H.on_reload(old) H.count = old.count end
      function H:on_x() H.count = H.count + 1 return H.count end
      return H
      """
    let app = try App(source)
    #expect(app.ask(#"["x"]"#) == "1")
    try app.load(source)
    #expect(app.ask(#"["x"]"#) == "2")
  }

  @Test func `an on_reload that fails keeps the old generation`() throws {
    let app = try App("function on_x() return 1 end")
    #expect(throws: LuaError.self) { try app.load("function on_reload(old) error('no') end") }
    #expect(app.isolate.generation == 1)
  }

  @Test func `a suspended handler finishes on its own generation`() throws {
    let app = try App(
      "function helper() return 'old' end "
        + "function on_x(self) perigee.sleep(1) return helper(), self:helper() end")
    let sleep = try #require(app.send(#"["x"]"#, ack: 1).first)
    try app.load("function helper() return 'new' end function on_x() return helper() end")
    #expect(app.ask(#"["x"]"#) == #""new""#)
    app.isolate.wake(sleep.token)
    #expect(app.take().texts == [#"ack ["old","old"]"#])
  }

  @Test func `what one generation does to its libraries the next does not see`() throws {
    let app = try App(
      "string.mine = 1 perigee.mine = 2 table.insert = nil leaked = 3 "
        + "function on_x() end")
    try app.load("function on_x() return string.mine, perigee.mine, type(table.insert), leaked end")
    #expect(app.ask(#"["x"]"#) == #"null,null,"function",null"#)
  }

  @Test func `the scripts of an app have globals of their own and share modules`() throws {
    let isolate = try LuaIsolate(app: "two")
    func script(_ namespace: String, _ source: String) -> LuaScript {
      LuaScript(namespace: namespace, file: namespace + ".lua", source: Array(source.utf8))
    }
    try isolate.load(
      LuaProgram(
        scripts: [
          script("/a", "shared = require 'shared' shared.n = 1 own = 'a' print(own)"),
          script("/a/b", "shared = require 'shared' print(own, shared.n)"),
        ],
        modules: [LuaModule(name: "shared", file: "shared.lua", source: Array("return {}".utf8))]))
    let told = isolate.outbox.map(Told.init)
    #expect(told.texts == ["log a", "log nil 1"])
    #expect(told.map(\.namespace) == ["/a", "/a/b"])
    #expect(isolate.namespaces == ["/a", "/a/b"])
  }

  @Test func `an app without a script, or two for one namespace, is refused`() throws {
    let isolate = try LuaIsolate(app: "none")
    let script = LuaScript(namespace: "/a", file: "a.lua", source: [])
    for scripts in [[], [script, script]] {
      let error = #expect(throws: LuaError.self) { try isolate.load(LuaProgram(scripts: scripts)) }
      #expect(error?.code == .state)
    }
    #expect(isolate.generation == 0 && isolate.namespaces.isEmpty)
  }

  @Test func `a thousand reloads do not grow the state`() throws {
    let source =
      "local big = ('x'):rep(1000) function on_x(self) return big end perigee.every(1, print)"
    let app = try App(source)
    for _ in 1...50 {
      try app.load(source)
      app.send(#"["x"]"#)
    }
    let before = app.isolate.memoryUsed
    for _ in 1...1000 {
      try app.load(source)
      app.send(#"["x"]"#)
    }
    #expect(app.isolate.memoryUsed < 2 * before + (1 << 20))
  }

  @Test func `a script may begin with a byte order mark and a line for the shell`() throws {
    let app = try App("\u{FEFF}#!/usr/bin/env lua\nfunction on_x() error('x') end")
    #expect(app.send(#"["x"]"#).first?.failure?.line == 2)
  }
}
