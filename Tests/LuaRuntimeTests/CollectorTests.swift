import LuaRuntime
import Testing

/// How the garbage of scripts is collected: little memory by generations, more of it step by step.
@Suite struct CollectorTests {
  private static let script = """
    local kept = {}
    function on_waste(self, n) for i = 1, n do local t = { i, { tostring(i) } } end end
    function on_keep(self, n) for i = 1, n do kept[#kept + 1] = { i, { "kept " .. i } } end end
    function on_check()
      for i, t in ipairs(kept) do
        if t[2][1] ~= "kept " .. t[1] then return i end
      end
      return #kept
    end
    function on_forget() kept = {} end
    function on_collect() collectgarbage() return math.floor(collectgarbage("count")) end
    function on_count() return math.floor(collectgarbage("count")) end
    function on_steps()
      local count = 0
      repeat count = count + 1 until collectgarbage("step")
      return count > 0
    end
    """

  private func number(_ app: App, _ event: String) throws -> Int {
    try #require(Int(app.ask("[\"\(event)\"]")))
  }

  @Test func `garbage of many events never fills more than a little memory`() throws {
    let app = try App(Self.script)
    let base = try number(app, "collect")
    var most = 0
    for _ in 0..<200 {
      _ = app.ask(#"["waste",1000]"#)
      most = max(most, try number(app, "count"))
    }
    #expect(most < 3 * base + 512, "\(base) KiB, then \(most) KiB")
  }

  @Test func `what is kept stays whole however often memory comes to be much and little`() throws {
    let app = try App(Self.script)
    let base = try number(app, "collect")
    for round in 1...6 {
      // About 9 MiB, past the border of 4; then less than the 2 from which on it is little again.
      for _ in 0..<60 { _ = app.ask(#"["keep",1000]"#) }
      #expect(try number(app, "count") > 6 * 1_024)
      #expect(app.ask(#"["steps"]"#) == "true")
      #expect(try number(app, "check") == 60_000, "round \(round)")
      _ = app.ask(#"["forget"]"#)
      for _ in 0..<60 { _ = app.ask(#"["waste",1000]"#) }
      #expect(try number(app, "collect") < base + 1_024)
      #expect(app.ask(#"["steps"]"#) == "true")
    }
  }
}
