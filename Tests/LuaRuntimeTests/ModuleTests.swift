import LuaRuntime
import Testing

@Suite struct ModuleTests {
  @Test func `require runs a module once and answers what it returned`() throws {
    let app = try App(
      "local a, b = require 'util.text', require('util.text') function on_x() return a.up('x'), a == b end",
      modules: ["util.text": "print('run', ...) return { up = string.upper }"], connected: false)
    #expect(app.take().texts == ["log run util.text"])
    app.open()
    app.connect()
    app.take()
    #expect(app.ask(#"["x"]"#) == #""X",true"#)
  }

  @Test func `a module may be required for the first time in a handler`() throws {
    let app = try App("function on_x() return require 'm' end", modules: ["m": "return 5"])
    #expect(app.ask(#"["x"]"#) == "5")
  }

  @Test func `a cycle is an error that shows it`() throws {
    let error = #expect(throws: LuaError.self) {
      _ = try App("require 'a'", modules: ["a": "require 'b'", "b": "require 'a'"])
    }
    #expect(error?.message == "modules require one another in a cycle: a -> b -> a")
    #expect(error?.file == "lib/b.lua")
  }

  @Test func `an unknown module is an error that lists what there is`() throws {
    let error = #expect(throws: LuaError.self) {
      _ = try App("require 'c'", modules: ["a": "", "b": ""])
    }
    #expect(error?.message == "there is no module 'c'; there are: perigee, a, b")
    #expect(throws: LuaError.self) { _ = try App("require '../secret'") }
  }

  @Test func `a module that failed can be required again`() throws {
    let app = try App(
      "function on_x() return pcall(require, 'm') end", modules: ["m": "error('broken', 0)"])
    #expect(app.ask(#"["x"]"#) == #"false,"broken""#)
    #expect(app.ask(#"["x"]"#) == #"false,"broken""#)
  }

  @Test func `a syntax error in a module names its file and line`() throws {
    let error = #expect(throws: LuaError.self) {
      _ = try App("require 'm'", modules: ["m": "\n\nx x"])
    }
    #expect(error?.code == .syntax && error?.file == "lib/m.lua" && error?.line == 3)
  }

  @Test func `modules see the shared globals, not a script's`() throws {
    let app = try App(
      "own = 1 local m = require 'm' function on_x() return m() end",
      modules: ["m": "shared = 2 return function() return own, shared, perigee.namespace end"])
    #expect(app.ask(#"["x"]"#) == "null,2,null")
  }

  @Test func `require perigee is the script's own`() throws {
    #expect(try evaluate("require 'perigee' == perigee, perigee.namespace") == #"true,"/test""#)
  }
}
