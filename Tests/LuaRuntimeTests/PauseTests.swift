import LuaRuntime
import Testing

@Suite struct PauseTests {
  /// A handler body that works for twenty slices.
  private static let work =
    "local t = perigee.monotonic() while perigee.monotonic() - t < 0.04 do end"

  private func app(_ body: String) throws -> App {
    let app = try App(body)
    app.isolate.slice = .milliseconds(2)
    return app
  }

  /// Continues the paused run as an owner does who has moved it: without slices.
  private func resume(_ app: App) -> [String] {
    app.isolate.slice = nil
    app.isolate.resume()
    return app.take().texts
  }

  @Test(
    arguments: [
      "\(work) return 7",
      "local _, n = pcall(function() \(work) return 7 end) return n",
      "return coroutine.wrap(function() \(work) return 7 end)()",
      "local c = coroutine.create(function() local d = coroutine.wrap(function(x) \(work) return x end) "
        + "return d(7) end) local _, n = coroutine.resume(c) return n",
      "return setmetatable({}, { __index = function() \(work) return 7 end }).x",
    ])
  func `a lengthy handler pauses, wherever it is, and goes on as if nothing had been`(
    body: String
  ) throws {
    let app = try app("function on_x() \(body) end")
    #expect(app.send(#"["x"]"#, ack: 1).isEmpty)
    #expect(app.isolate.isPaused)
    #expect(resume(app) == ["ack [7]"])
    #expect(!app.isolate.isPaused)
  }

  @Test func `a short handler is not paused`() throws {
    let app = try app("function on_x() return 1 end")
    for _ in 0..<100 { #expect(app.ask(#"["x"]"#) == "1") }
    #expect(!app.isolate.isPaused)
  }

  @Test func `a handler below a function in C goes on until it can pause`() throws {
    let app = try app(
      "function on_x() local n = 0 ('ab'):gsub('.', function() \(Self.work) n = n + 1 end) "
        + "local m = 0 for i = 1, 1e5 do m = m + 1 end return n end")
    #expect(app.send(#"["x"]"#, ack: 1).isEmpty)
    #expect(app.isolate.isPaused)
    #expect(resume(app) == ["ack [2]"])
  }

  @Test func `nothing else runs while a handler is paused`() throws {
    let app = try app("function on_x() \(Self.work) return 1 end function on_y() return 2 end")
    _ = app.send(#"["x"]"#, ack: 1)
    #expect(app.isolate.isPaused)
    #expect(app.send(#"["y"]"#, ack: 2).isEmpty)
    #expect(resume(app) == ["ack [1]"])
    #expect(app.ask(#"["y"]"#) == "2")
  }

  @Test func `a paused handler that never ends is stopped by its budget`() throws {
    let app = try app(
      "function on_x() while true do pcall(function() while true do end end) end end")
    _ = app.send(#"["x"]"#)
    #expect(app.isolate.isPaused)
    #expect(resume(app).contains { $0.contains("took longer") || $0.contains("internal_error") })
    #expect(app.isolate.lastRunWasInterrupted)
  }
}
