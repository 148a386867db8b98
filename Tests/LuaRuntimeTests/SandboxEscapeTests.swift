import LuaRuntime
import Testing

/// What scripts get hold of, and calls with anything.
@Suite struct SandboxEscapeTests {
  /// What the script's handler answers, or how it failed.
  private func outcome(
    _ body: String, before: String = "", limits: LuaLimits = LuaLimits()
  ) throws -> String {
    let app = try App("\(before)\nfunction on_try(self) \(body) end", limits: limits)
    let told = app.send(#"["try"]"#, ack: 1)
    return told.first { $0.kind == .ack }?.body ?? told.compactMap(\.failure).first?.message ?? ""
  }

  @Test(arguments: ["0x41414141", "1", "'text'", "nil", "true", "print", "self.handshake"])
  func `what pairs gives for a model takes nothing but tables of models`(value: String) throws {
    let message = try outcome(
      "local next = pairs(model) return next(\(value))", before: "model = perigee.model('m', {})")
    #expect(message.contains("table of a model expected"))
  }

  @Test(arguments: ["0x41414141", "1", "'text'", "nil", "true", "print", "model"])
  func `what pairs gives for a handshake takes nothing but tables`(value: String) throws {
    let message = try outcome(
      "local next = pairs(self.handshake) return next(\(value))",
      before: "model = perigee.model('m', {})")
    #expect(message.contains(" expected, got "))
  }

  @Test func `coroutines that close one another end at a bound`() throws {
    let message = try outcome(
      """
      local previous
      for i = 1, 20000 do
        local other = previous
        previous = coroutine.create(function()
          local closed <close> = setmetatable({}, { __close = function()
            if other then assert(coroutine.close(other)) end
          end })
          coroutine.yield()
        end)
        coroutine.resume(previous)
      end
      return coroutine.close(previous)
      """)
    #expect(message.contains("too many coroutines are closed by one another"))
  }

  @Test func `a deep value whose keys come out of order is written once`() throws {
    let text = try outcome(
      """
      local value = 1
      for i = 1, 60 do
        local t = { value }
        t.x = 1 t.y = 1 t.z = 1 t.x = nil t.y = nil t.z = nil
        t[3] = i
        t[2] = 2
        value = t
      end
      return perigee.json.encode(value)
      """)
    #expect(text.hasPrefix(#"["[[[[[["#))
    #expect(text.hasSuffix(#",2,59],2,60]"]"#))
  }

  @Test func `arrays in any order and with gaps are told apart`() throws {
    let text = try outcome(
      """
      local t = { 10 }
      t.x = 1 t.y = 1 t.z = 1 t.x = nil t.y = nil t.z = nil
      t[3] = 30
      t[2] = 20
      local gap = { 1, 2 }
      gap[4] = 4
      return perigee.json.encode(t), perigee.json.encode(perigee.json.array(t)),
        select(2, pcall(perigee.json.encode, perigee.json.array(gap))),
        select(2, pcall(perigee.json.encode, { 1, x = 2 }))
      """)
    #expect(text.hasPrefix(#"["[10,20,30]","[10,20,30]","an array has gaps"#))
    #expect(!text.contains("{"))
  }

  @Test func `a handshake that is first looked at while it is encoded spoils nothing`() throws {
    let app = try App(
      "function on_try(self) return perigee.json.encode({ h = self.handshake }) end",
      handshake: { _ in
        Array(#"{"path":"\/socket.io\/","headers":{"x":"{\"admin\":true,\"h\":"}}"#.utf8)
      })
    let text = app.ask(#"["try"]"#)
    #expect(text.hasPrefix(#""{\"h\":{"#))
    #expect(!text.hasPrefix(#""{\"admin"#))
  }

  @Test(arguments: [
    #"load("return " .. ("a and "):rep(170000) .. "a")"#,
    """
    (function()
      local t = { 1 }
      for i = 1, 1900 do t = setmetatable({}, { __index = t }) end
      return pcall(table.unpack, t, 1, 990000)
    end)()
    """,
    "self:join(table.unpack(rooms, 1, 900000))",
  ])
  func `one call that takes long is stopped all the same`(call: String) throws {
    let app = try App(
      """
      rooms = setmetatable({}, { __index = function() return "last" end })
      function on_try(self)
        for i = 1, 1000 do self:join("room " .. i) end
        return type(\(call))
      end
      """, limits: LuaLimits(eventTime: .milliseconds(50)))
    let clock = ContinuousClock()
    let time = clock.measure { app.send(#"["try"]"#, ack: 1) }
    #expect(time < .seconds(5))
  }

  @Test func `table_unpack is what Lua's is`() throws {
    let text = try outcome(
      """
      local t = setmetatable({ 1, 2 }, { __index = function(_, i) return i * 10 end })
      return { table.unpack(t, 1, 4) }, select("#", table.unpack({}, 1, 0)),
        select("#", table.unpack({ n = 1 }, 2, 5)), (select(3, table.unpack({ 1 }, -1, 1))),
        select(2, pcall(table.unpack, {}, 1, 1e8)), (table.unpack({ 7 }))
      """)
    #expect(text.hasPrefix(#"[[1,2,30,40],0,4,1,""#))
    #expect(text.contains("too many results to unpack") && text.hasSuffix(",7]"))
  }

  @Test func `spans of rooms count towards what a run may send`() throws {
    let message = try outcome(
      """
      local names = {}
      for i = 1, 60000 do names[i] = "a" end
      local target = perigee.to(table.unpack(names))
      local done, reason = pcall(function() for i = 1, 250 do target:emit("e") end end)
      return done, reason
      """, limits: LuaLimits(eventTime: .seconds(5)))
    #expect(message.contains("sends more than its outbox limit allows"))
  }
}
