import LuaRuntime
import Testing

@Suite struct WorkerTests {
  private func program(_ source: String) -> LuaProgram {
    LuaProgram(
      scripts: [LuaScript(namespace: "/test", file: "test.lua", source: Array(source.utf8))])
  }

  @Test func `scripts know which worker they are`() throws {
    let source = "function on_x() return perigee.worker, perigee.workers end"
    #expect(try App(source).ask(#"["x"]"#) == "1,1")
    let third = try App(source, worker: LuaWorker(number: 3, count: 4))
    #expect(third.ask(#"["x"]"#) == "3,4")
  }

  @Test func `what is prepared serves once it is committed`() throws {
    let app = try App("function on_x() return 1 end")
    try app.isolate.prepare(program("print('new') function on_x() return 2 end"))
    #expect(app.isolate.generation == 1)
    try app.isolate.commit()
    #expect(app.isolate.generation == 2)
    #expect(app.take().texts == ["log new"])
    #expect(app.ask(#"["x"]"#) == "2")
  }

  @Test func `what is withdrawn leaves only what it has logged`() throws {
    let app = try App("function on_x() return 1 end")
    try app.isolate.prepare(
      program("print('new') perigee.every(1, print) function on_x() return 2 end"))
    app.isolate.withdraw()
    #expect(app.take().filter { $0.kind != .timerCancel }.texts == ["log new"])
    #expect(app.isolate.generation == 1 && app.isolate.timers == 0)
    #expect(app.ask(#"["x"]"#) == "1")
    try app.load("function on_x() return 3 end")
    #expect(app.isolate.generation == 2)
    #expect(app.ask(#"["x"]"#) == "3")
  }

  @Test func `models need one worker, and say so`() throws {
    let worker = LuaWorker(number: 1, count: 2)
    let error = #expect(throws: LuaError.self) {
      try App("\nperigee.model('m', {})", worker: worker)
    }
    #expect(error?.line == 2)
    #expect(error?.message.contains("let app.toml say workers = 1") == true)
  }

  @Test func `a durable history needs a database, and says so`() throws {
    let worker = LuaWorker(keepsHistory: false)
    let source =
      "perigee.history('c', { durable = false })\nperigee.history('c', { durable = true })"
    let error = #expect(throws: LuaError.self) { try App(source, worker: worker) }
    #expect(error?.line == 2)
    #expect(error?.message.contains("storage.path in perigee.toml is empty") == true)
  }

  @Test(arguments: [("true", 1), ("false", 0), ("nil", -1)])
  func `histories say whether they are durable`(durable: String, told: Int64) throws {
    let app = try App(
      "function on_x() perigee.history('c', { size = 5, durable = \(durable) }) end")
    let command = try #require(app.send(#"["x"]"#).first)
    #expect(command.kind == .history && command.number == 5 && command.ackID == told)
  }
}
