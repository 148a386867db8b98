import LuaRuntime
import Testing

/// Clients that leave before their response is complete.
@Suite struct AbandonTests {
  /// Waits in which a generator can be when its client leaves, and what the host is told then.
  private static let waits: [(String, [LuaCommand.Kind])] = [
    ("perigee.sleep(1e9)", [.timerCancel]),
    ("other:emit_with_ack('q')", [.timerCancel]),
    ("for m in self:listen('a', 'b') do end", [.unlisten, .unlisten]),
    ("send(('x'):rep(70000))", []),
    ("pcall(perigee.sleep, 1)", [.timerCancel]),
    ("pcall(function() while true do pcall(perigee.sleep, 1) end end)", [.timerCancel]),
  ]

  private func app(_ wait: String) throws -> App {
    try App(
      """
      local Scope = { __close = function() closed = (closed or 0) + 1 end }
      function on_connect(self) other = self end
      function on_closed() return closed end
      routes = { ["GET /"] = function(self)
        local unused <close> = setmetatable({}, Scope)
        local more = self:listen("more")
        return sse(function(send)
          local scope <close> = setmetatable({}, Scope)
          send("begin")
          \(wait)
          print("never")
        end)
      end }
      """)
  }

  @Test(arguments: waits.indices)
  func `a generator ends where it waits`(index: Int) throws {
    let (wait, kinds) = Self.waits[index]
    let app = try app(wait)
    app.request("GET /")
    #expect(app.isolate.suspended == 1)
    #expect(app.abandon().map(\.kind) == kinds + [.unlisten])
    #expect(app.isolate.suspended == 0)
    #expect(app.ask(#"["closed"]"#) == "2")
    #expect(app.abandon().isEmpty && app.drain(100_000).isEmpty)
  }

  @Test func `what is closed then may send to others but not wait`() throws {
    let app = try App(
      """
      routes = { ["GET /"] = function(self) return sse(function(send)
        local scope <close> = setmetatable({}, { __close = function()
          perigee.emit("gone", send("late"), self:emit("x"), (pcall(perigee.sleep, 1)))
          for _ in self:listen("c") do end
        end })
        perigee.sleep(9)
      end) end }
      """)
    app.request("GET /")
    let told = app.abandon()
    #expect(told.texts.dropFirst() == [#"broadcast ["gone",false,false,false]"#, told.texts[2]])
    #expect(told[2].failure?.message.contains("cannot wait") == true)
  }

  @Test(arguments: [
    ("error('in close')", "in close"), ("while true do end", "the run took longer than 20 ms"),
    ("local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end", "not enough memory"),
  ])
  func `an error while a generator is closed is logged and the app serves on`(
    closing: String, message: String
  ) throws {
    let app = try App(
      """
      routes = { ["GET /"] = function(self) return sse(function(send)
        local a <close> = setmetatable({}, { __close = function() \(closing) end })
        local b <close> = setmetatable({}, { __close = function() \(closing) end })
        perigee.sleep(9)
      end) end }
      function on_ok() return 1 end
      """,
      limits: LuaLimits(
        memoryBytes: 8 << 20,
        eventTime: closing.hasPrefix("local") ? .seconds(5) : .milliseconds(20)))
    for socket in 100..<105 as Range<UInt64> {
      app.request("GET /", as: socket)
      let told = app.abandon(socket)
      #expect(told.map(\.kind) == [.timerCancel, .failure])
      #expect(told.last?.failure?.message.contains(message) == true)
    }
    #expect(app.ask(#"["ok"]"#) == "1" && app.isolate.suspended == 0)
  }

  @Test func `a plain handler runs on and its response is dropped`() throws {
    let app = try App(
      """
      routes = {
        ["GET /"] = function(self) perigee.sleep(1) self:publish("c", "done") return "x" end,
        ["GET /sse"] = function(self) perigee.sleep(1) return sse(print) end,
        ["GET /error"] = function(self) perigee.sleep(1) error("x") end,
        ["GET /abort"] = function(self) perigee.sleep(1) abort(404) end,
      }
      """)
    for (route, kinds) in [
      ("GET /", [.publish]), ("GET /sse", []), ("GET /error", [.failure]), ("GET /abort", []),
    ] as [(String, [LuaCommand.Kind])] {
      let sleep = try #require(app.request(route).first)
      #expect(app.abandon().isEmpty && app.isolate.suspended == 1)
      app.isolate.wake(sleep.token)
      #expect(app.take().map(\.kind) == kinds)
      #expect(app.isolate.suspended == 0)
    }
  }

  @Test func `a plain handler that listens goes on without a message`() throws {
    let app = try App(
      """
      routes = { ["GET /"] = function(self)
        for m in self:listen("c") do return m end
        print("nobody", self:emit("x"))
        for m in self:listen("c") do return m end
        print("still nobody")
      end }
      """)
    app.request("GET /")
    #expect(app.abandon().texts == ["unlisten", "log nobody false", "log still nobody"])
  }

  @Test func `a long poll answers with the first message`() throws {
    let app = try App(
      "routes = { ['GET /'] = function(self) for m in self:listen('c') do return m end end }")
    let listen = app.request("GET /")[0]
    #expect(
      app.publish("[1]", to: listen.token).map(\.kind) == [.unlisten, .respond])
    #expect(app.isolate.suspended == 0)
  }

  @Test func `the timers of a request end with it`() throws {
    let app = try App(
      """
      routes = { ["GET /"] = function(self) return sse(function(send)
        self:every(15, function() send() end)
        perigee.sleep(9)
      end) end }
      """)
    let timer = app.request("GET /")[1]
    app.isolate.fire(timer: timer.token)
    #expect(app.take().map(\.body) == [":\n\n"])
    #expect(app.abandon().map(\.kind) == [.timerCancel, .timerCancel])
    #expect(app.isolate.timers == 0)
  }

  @Test func `ten thousand clients come and go and the memory stays flat`() throws {
    let app = try App(
      """
      routes = { ["GET /"] = function(self) return sse(function(send)
        self.session.own = { 1, 2, 3 }
        self:every(1, function() send() end)
        for message in self:listen("a", "b") do send(message) end
      end) end }
      function on_collect() collectgarbage() collectgarbage() return math.floor(collectgarbage("count")) end
      """)
    func cycle(_ range: Range<UInt64>) {
      for socket in range {
        let told = app.request("GET /", as: socket)
        guard told.count == 4 else {
          Issue.record("unexpected: \(told.texts)")
          return
        }
        app.publish(#"{"text":"hello"}"#, to: told[2].token)
        _ = app.abandon(socket)
      }
    }
    // Lua's tables of what it knows have their size after some collections.
    cycle(1_000..<3_000)
    let before = try #require(Int(app.ask(#"["collect"]"#)))
    cycle(3_000..<13_000)
    let after = try #require(Int(app.ask(#"["collect"]"#)))
    #expect(after <= before + 4, "\(before) KiB, then \(after) KiB")
    #expect(app.isolate.suspended == 0 && app.isolate.timers == 0)
  }

  @Test func `ten thousand clients at once leave one after the other`() throws {
    let app = try App(
      """
      routes = { ["GET /"] = function(self) return sse(function(send)
        for message in self:listen("a") do send(message) end
      end) end }
      function on_collect() collectgarbage() collectgarbage() return math.floor(collectgarbage("count")) end
      """, limits: LuaLimits(memoryBytes: 256 << 20))
    let before = try #require(Int(app.ask(#"["collect"]"#)))
    let clients = UInt64(1_000)..<11_000
    for socket in clients { app.request("GET /", as: socket) }
    #expect(app.isolate.suspended == 10_000)
    for socket in clients { #expect(app.abandon(socket).count == 1) }
    #expect(app.isolate.suspended == 0)
    let after = try #require(Int(app.ask(#"["collect"]"#)))
    #expect(after <= before + 2_048, "\(before) KiB, then \(after) KiB")
  }

  @Test func `streams that wait for one another end without exhausting the stack`() throws {
    let app = try App(
      """
      local last
      routes = { ["GET /"] = function(self)
        local before = last or self
        last = self
        for _ in before:listen("a") do end
      end }
      """)
    let count: UInt64 = 5_000
    for socket in 1_000..<(1_000 + count) { app.request("GET /", as: socket) }
    #expect(app.isolate.suspended == Int(count))
    let told = app.abandon(1_000)
    #expect(told.count { $0.kind == .respond } == Int(count) - 1)
    #expect(app.isolate.suspended == 0)
  }
}
