import LuaRuntime
import Testing

/// Namespaces that come into being by a pattern.
@Suite struct NamespaceTests {
  @Test(arguments: [
    ("/orders/*", "/orders/7", true), ("/orders/*", "/orders/", false),
    ("/orders/*", "/orders/7/items", false), ("/orders/*", "/orders", false),
    ("/*/items", "/7/items", true), ("/*/items", "//items", false),
    ("/a*b*c", "/aXbYc", true), ("/a*b*c", "/abbcc", true), ("/a*b*c", "/abc", false),
    ("/a*bc", "/abcbc", true), ("/a*bc", "/abcbcd", false), ("/x", "/x", true),
    ("/x", "/xy", false), ("/*", "/*", true), ("/**", "/ab", true), ("/**", "/a", false),
    ("/*/*", "/a/b", true), ("/*/*", "/a/b/c", false), ("/*a/*b", "/aa/bb", true),
  ])
  func `a star stands for one or more characters but the slash`(
    pattern: String, name: String, matches: Bool
  ) throws {
    let app = try App("namespaces = { '\(pattern)' }", connected: false)
    let listed = try #require(app.isolate.namespacePatterns.first)
    #expect(listed.pattern == pattern && listed.script == "/test")
    #expect(listed.matches(name) == matches)
    #expect(app.open(namespace: name) == matches)
  }

  @Test(arguments: [
    ("namespaces = 5", "must be a list"), ("namespaces = { 5 }", "must be a list"),
    ("namespaces = { '/a', x = '/b' }", "must be a list"),
    ("namespaces = { 'a/*' }", "does not begin with /"),
    ("namespaces = { '/' .. ('x'):rep(300) }", "too long"),
    ("return { namespaces = { '' } }", "does not begin with /"),
    ("namespaces = {} for i = 1, 200 do namespaces[i] = '/a/*' end", "must be a list"),
  ])
  func `a list that is none fails the load`(source: String, message: String) throws {
    let error = #expect(throws: LuaError.self) { try App(source) }
    #expect(error?.message.contains(message) == true)
    #expect(error?.message.hasPrefix("test.lua: ") == true)
  }

  private let orders = """
    namespaces = { "/orders/*" }
    perigee.emit("loaded")
    function on_who(self) return self.namespace, perigee.namespace end
    function on_all(self) perigee.emit("a") self:broadcast("b") perigee.publish("c", 1)
      self:publish("d", 2) perigee.to("r"):emit("e") self:to("r"):emit("f") end
    function on_later(self) perigee.after(1, function() perigee.emit("after") end)
      self:after(1, function() perigee.emit("own") end) end
    function on_wait(self) perigee.sleep(1) perigee.emit("woken") end
    function on_of(self, name) perigee.of(name):emit("x") perigee.of(name):publish("c", 1)
      perigee.of(name):to("r"):except("s"):emit("y") end
    local kept
    function on_keep(self) kept = self:to("r") end
    function on_use() kept:emit("z") end
    function on_disconnect(self) perigee.emit("left") end
    """

  private func app() throws -> App {
    let app = try App(orders)
    app.join([8], namespace: "/orders/7")
    return app
  }

  @Test func `a handler of such a namespace acts in it`() throws {
    let app = try app()
    #expect(app.send(#"["who"]"#, ack: 1, to: 8).texts == [#"ack ["/orders/7","/test"]"#])
    let told = app.send(#"["all"]"#, to: 8)
    #expect(told.map(\.namespace) == Array(repeating: "/orders/7", count: 6))
    #expect(app.send(#"["all"]"#).allSatisfy { $0.namespace == "/test" })
    let sleep = try #require(app.send(#"["wait"]"#, to: 8).first)
    app.isolate.wake(sleep.token)
    #expect(app.take().map(\.namespace) == ["/orders/7"])
    #expect(app.disconnect(8).map(\.namespace) == ["/orders/7"])
  }

  @Test func `what is sent while loading goes to the script's own namespace`() throws {
    let app = try App(orders, connected: false)
    #expect(app.take().map(\.namespace) == ["/test"])
  }

  @Test func `other namespaces can be addressed while loading`() throws {
    let app = try App(
      "namespaces = { '/n/*' } perigee.of('/n/1'):history('c', { size = 5 })", connected: false)
    #expect(app.take().map(\.namespace) == ["/n/1"])
    #expect(app.isolate.dynamicNamespaces == 0)
    #expect(throws: LuaError.self) { try App("perigee.of('n'):emit('x')") }
  }

  @Test func `timers of the client stay in it, others act in the script's own namespace`() throws {
    let app = try app()
    let timers = app.send(#"["later"]"#, to: 8).map(\.timer)
    for timer in timers { app.isolate.fire(timer: timer) }
    let told = app.take()
    #expect(told.texts == [#"broadcast ["after"]"#, #"broadcast ["own"]"#])
    #expect(told.map(\.namespace) == ["/test", "/orders/7"])
  }

  @Test func `perigee of reaches the other namespaces of the app`() throws {
    let app = try app()
    for name in ["/orders/7", "/orders/8", "/test"] {
      let told = app.send("[\"of\",\"\(name)\"]")
      #expect(told.map(\.kind) == [.broadcast, .publish, .broadcast])
      #expect(told.allSatisfy { $0.namespace == name })
      #expect(told[2].rooms == ["r"] && told[2].exceptRooms == ["s"])
    }
    #expect(app.isolate.dynamicNamespaces == 1)
    for name in ["/other", "/orders/", "orders/7", ""] {
      let failure = app.send("[\"of\",\"\(name)\"]").first?.failure
      #expect(
        failure?.message == "no script of this app serves the namespace \"\(name)\"")
    }
  }

  @Test func `a target that is kept outlives its namespace`() throws {
    let app = try app()
    app.send(#"["keep"]"#, to: 8)
    app.disconnect(8)
    app.isolate.clearOutbox()
    #expect(app.isolate.dynamicNamespaces == 0)
    let told = try #require(app.send(#"["use"]"#).first)
    #expect(told.namespace == "/orders/7" && told.body == #"["z"]"#)
  }

  @Test func `a reload moves clients to the script that serves their namespace now`() throws {
    let app = try app()
    try app.load("namespaces = { '/o*/*' } function on_who(self) return 'new' end")
    #expect(app.send(#"["who"]"#, ack: 1, to: 8).texts == [#"ack ["new"]"#])
    try app.load("function on_who(self) return 'gone' end")
    #expect(
      app.send(#"["who"]"#, to: 8).texts
        == [#"emit ["error","no_such_method","there is no handler for the event \"who\""]"#])
    #expect(app.disconnect(8).isEmpty)
  }

  @Test func `a script of its own goes before a pattern`() throws {
    let isolate = try LuaIsolate(app: "two")
    func script(_ namespace: String, _ source: String) -> LuaScript {
      LuaScript(namespace: namespace, file: namespace + ".lua", source: Array(source.utf8))
    }
    let orders = script("/orders", "namespaces = { '/orders/*' } function on_x() return 'any' end")
    try isolate.load(LuaProgram(scripts: [orders]))
    isolate.open(socket: 1, namespace: "/orders/7", script: "/orders", id: "a", session: 1)
    isolate.connect(socket: 1, auth: nil)
    isolate.clearOutbox()
    let seven = script("/orders/7", "function on_x() return 'seven' end")
    try isolate.load(LuaProgram(scripts: [orders, seven]))
    Array(#"["x"]"#.utf8).withUnsafeBytes { isolate.event(socket: 1, payload: $0, ack: 1) }
    #expect(isolate.outbox.map(Told.init).texts == [#"ack ["seven"]"#])
    #expect(isolate.dynamicNamespaces == 0)
  }

  @Test func `at most ten thousand are in use at a time`() throws {
    let app = try App("namespaces = { '/n/*' } function on_x() perigee.of('/n/more'):emit('y') end")
    for n in 1...10_000 { #expect(app.open(100 + UInt64(n), namespace: "/n/\(n)")) }
    #expect(!app.open(99, namespace: "/n/more"))
    #expect(app.open(99, namespace: "/n/5"))
    #expect(app.send(#"["x"]"#).first?.failure?.code == .limit)
    app.disconnect(101)
    #expect(app.open(98, namespace: "/n/more"))
    #expect(!app.open(97, namespace: "/n/5\0"))
    #expect(!app.open(97, namespace: "/n/\(String(repeating: "x", count: 300))"))
  }

  @Test func `a million names leave no trace`() throws {
    let app = try App(
      """
      namespaces = { "/n/*" }
      function on_connect(self) self:join("r") perigee.emit("hello") end
      """)
    // What is not collected yet varies: the most that there was is compared.
    var (early, late) = (0, 0)
    for n: UInt64 in 1...1_000_000 {
      app.open(100 + n, session: 0, namespace: "/n/\(n)")
      app.connect(100 + n)
      let last = app.isolate.outbox.last
      if n % 1000 == 0 { #expect(last?.namespace == "/n/\(n)") }
      app.isolate.clearOutbox()
      app.isolate.disconnect(socket: 100 + n, reason: "")
      if n <= 100_000 { early = max(early, app.isolate.memoryUsed) }
      if n > 900_000 { late = max(late, app.isolate.memoryUsed) }
    }
    app.isolate.clearOutbox()
    #expect(app.isolate.dynamicNamespaces == 0)
    #expect(late < early + early / 4)
  }
}
