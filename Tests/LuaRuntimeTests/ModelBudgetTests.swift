import LuaRuntime
import Testing

/// Commits have a budget of their own; what goes over it has clients fetch the model anew.
@Suite struct ModelBudgetTests {
  @Test func `a commit that sends too much is a reset`() throws {
    let app = try App(
      "m = perigee.model('m', { n = 0 }) function on_x() m.t = ('x'):rep(60000) m.n = 1 end",
      limits: LuaLimits(outboxBytes: 30_000))
    #expect(app.send(#"["x"]"#).texts == [#"publish model:m {"reset":true}"#])
    #expect(app.send(#"["x"]"#).isEmpty)
  }

  @Test func `a commit that takes too long is a reset, and the next one is not`() throws {
    let app = try App(
      """
      m = perigee.model("m", { n = 0, rows = {} })
      local row = {}
      for i = 1, 200 do row[i] = { i, i, i } end
      for i = 1, 200 do m.rows:push(row) end
      function on_wide()
        for i, row in ipairs(m.rows) do for j = 1, 200 do row[j][1] = -1 end end
      end
      function on_n() m.n = m.n + 1 end
      """,
      limits: LuaLimits(memoryBytes: 256 << 20, eventTime: .milliseconds(40), loadTime: .seconds(20)),
      connected: false)
    app.take()
    app.join([App.socket])
    let told = app.send(#"["wide"]"#)
    #expect(told.allSatisfy { $0.kind != .publish || $0.message.hasPrefix("{") })
    #expect(
      app.send(#"["n"]"#).texts
        == [#"publish model:m {"patch":[{"op":"replace","path":"/n","value":1}]}"#])
  }

  @Test func `a handler that is stopped in the middle leaves a sound model`() throws {
    let app = try App(
      """
      m = perigee.model("m", { l = {} })
      function on_x() while true do m.l:push(1) m.l:pop() m.l:push{ 2 } if #m.l > 50 then m.l:clear() end end end
      function on_get() return m end
      """, limits: LuaLimits(eventTime: .milliseconds(20)))
    var copy = try JSONTree(app.snapshot("m"))
    for _ in 1...5 {
      for command in app.send(#"["x"]"#) where command.kind == .publish {
        try copy.apply(JSONTree(command.message)["patch"] ?? .null)
      }
      #expect(try copy == JSONTree(app.snapshot("m")))
    }
  }

  @Test func `memory that runs out while a model grows leaves it sound`() throws {
    let app = try App(
      """
      m = perigee.model("m", { l = {} })
      function on_x() for i = 1, 1e9 do m.l:push{ text = ("x"):rep(200000) .. i } end end
      function on_clear() m.l = {} collectgarbage() end
      """, limits: LuaLimits(memoryBytes: 8 << 20, eventTime: .seconds(10)))
    let told = app.send(#"["x"]"#)
    #expect(told.first?.failure?.code == .memory)
    #expect(told.last?.kind == .publish)
    app.send(#"["clear"]"#)
    #expect(app.snapshot("m") == #"{"l":[]}"#)
  }
}
