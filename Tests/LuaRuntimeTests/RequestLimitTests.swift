import LuaRuntime
import Testing

/// Requests that go over a limit are answered all the same, once.
@Suite struct RequestLimitTests {
  private static let overloaded = #"503 content-type: application/json | {"error":"overloaded"}"#
  private static let internalError =
    #"500 content-type: application/json | {"error":"internal_error"}"#

  private func app(_ handler: String, limits: LuaLimits) throws -> App {
    try App(
      """
      routes = {
        ["GET /"] = function(self, request) \(handler) end,
        ["GET /ok"] = function() return "ok" end,
      }
      """, limits: limits, development: false)
  }

  @Test(arguments: [
    "while true do end", "while true do pcall(function() while true do end end) end",
    "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end",
    "return response{ body = setmetatable({}, { __index = function() while true do end end }), headers = setmetatable({}, { __pairs = error }) }, nil, (function() while true do end end)()",
  ])
  func `a handler that never ends is answered with status 500`(body: String) throws {
    let app = try app(body, limits: LuaLimits(eventTime: .milliseconds(20)))
    let told = app.request("GET /")
    try #require(told.map(\.kind) == [.failure, .respond], "\(told.texts)")
    #expect(told[0].failure?.code == .time && told[1].response == Self.internalError)
    #expect(app.request("GET /ok").map(\.body) == ["ok"])
  }

  @Test func `an instruction budget holds for requests too`() throws {
    let app = try app("while true do end", limits: LuaLimits(eventInstructions: 10_000))
    let told = app.request("GET /")
    #expect(told[0].failure?.code == .instructions && told[1].response == Self.internalError)
  }

  @Test(arguments: [
    "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
    "local t = {} for i = 1, 200000 do t[i] = i end return t, 200, t",
  ])
  func `a handler that uses up the memory is answered with status 503`(body: String) throws {
    let app = try app(body, limits: LuaLimits(memoryBytes: 2 << 20, eventTime: .seconds(5)))
    let told = app.request("GET /")
    try #require(told.map(\.kind) == [.failure, .respond], "\(told.texts)")
    #expect(told[0].failure?.code == .memory && told[1].response == Self.overloaded)
    #expect(app.request("GET /ok").map(\.body) == ["ok"])
  }

  @Test func `a request that cannot even begin is answered with status 503`() throws {
    let app = try App(
      """
      kept = {}
      function on_fill() while true do kept = { kept } end end
      routes = { ["GET /"] = function() perigee.sleep(1) return "x" end }
      """, limits: LuaLimits(memoryBytes: 1 << 20, eventTime: .seconds(5)))
    app.send(#"["fill"]"#)
    for socket in 100..<400 as Range<UInt64> {
      let told = app.request("GET /", "{\"headers\":{\"a\":\"b\"}}", as: socket)
      let answered = told.filter { $0.kind == .respond }
      #expect(answered.count == (told.first?.kind == .sleep ? 0 : 1), "\(told.texts)")
      #expect(answered.allSatisfy { $0.number == 503 && $0.socket == socket })
    }
  }

  @Test func `a socket that was never opened is answered with status 503`() throws {
    let app = try App("", connected: false)
    Array("{}".utf8).withUnsafeBytes {
      app.isolate.request(socket: 5, route: "GET /", request: $0, attachments: [[1]])
    }
    #expect(app.take().map(\.response) == [Self.overloaded])
  }

  @Test func `only so many handlers wait, others are answered with status 503`() throws {
    let app = try app("perigee.sleep(1)", limits: LuaLimits(suspendedHandlers: 2))
    for socket in 100..<102 as Range<UInt64> {
      #expect(app.request("GET /", as: socket).map(\.kind) == [.sleep])
    }
    #expect(app.request("GET /", as: 102).last?.response == Self.overloaded)
  }

  @Test(arguments: [
    "return ('x'):rep(5000)", "for i = 1, 10 do self:publish('a', ('x'):rep(1000)) end",
  ])
  func `a response beyond the outbox limit is status 503`(body: String) throws {
    let app = try app(body, limits: LuaLimits(outboxBytes: 4000))
    let told = app.request("GET /")
    #expect(told.last?.response == Self.overloaded)
    #expect(told.count { $0.kind == .respond } == 1)
  }

  @Test func `a plain handler pauses and goes on`() throws {
    let app = try app(
      "local t = perigee.monotonic() while perigee.monotonic() - t < 0.04 do end return 'done'",
      limits: LuaLimits())
    app.isolate.slice = .milliseconds(2)
    #expect(app.request("GET /").isEmpty && app.isolate.isPaused)
    app.isolate.slice = nil
    app.isolate.resume()
    #expect(app.take().map(\.body) == ["done"])
  }

  @Test func `a request is not handled twice`() throws {
    let app = try app("perigee.sleep(1) return 'x'", limits: LuaLimits())
    let sleep = app.request("GET /")[0]
    #expect(app.request("GET /").isEmpty)
    app.isolate.wake(sleep.token)
    #expect(app.take().count == 1)
  }

  @Test func `a handler that runs for an older generation is answered`() throws {
    let app = try app("perigee.sleep(1) return 'old'", limits: LuaLimits())
    let sleep = app.request("GET /")[0]
    try app.load("routes = {}")
    app.isolate.wake(sleep.token)
    #expect(app.take().map(\.body) == ["old"])
  }
}
