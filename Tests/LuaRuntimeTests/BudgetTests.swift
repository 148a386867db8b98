import LuaRuntime
import Testing

/// What tries to run for ever, or to use up the memory, ends as one clear error.
@Suite(.serialized) struct BudgetTests {
  private static let quick = LuaLimits(memoryBytes: 16 << 20, eventTime: .milliseconds(30))

  static let endless = [
    "while true do end",
    "repeat until false",
    "local function f() return f() end f()",
    "for i = 1, math.huge do end",
    "::again:: goto again",
    "while true do pcall(function() while true do end end) end",
    "while true do xpcall(function() while true do end end, function() while true do end end) end",
    "while true do pcall(error) end",
    "local co = coroutine.wrap(function() while true do end end) while true do pcall(co) end",
    "while true do coroutine.wrap(function() coroutine.yield() end)() end",
    "coroutine.wrap(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end end)()",
    "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end",
    "local co = coroutine.create(function() local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end end) coroutine.resume(co) coroutine.close(co)",
    "local function nest() return coroutine.wrap(nest)() end while true do pcall(nest) end",
    "local t = setmetatable({}, { __index = function(t, k) while true do end end }) return t.x",
    "local t = setmetatable({}, { __eq = function() while true do end end }) return t == setmetatable({}, getmetatable(t))",
    "return #setmetatable({}, { __len = function() while true do end end })",
    "return tostring(setmetatable({}, { __tostring = function() while true do end end }))",
    "error(setmetatable({}, { __tostring = function() while true do end end }))",
    "for _ in function() return 1 end do end",
    "for k in pairs(setmetatable({}, { __pairs = function() return function() return 1 end end })) do end",
    "string.find(('a'):rep(5000), ('a*'):rep(30) .. 'b')",
    "string.find(('a'):rep(100000), '.-.-.-.-b')",
    "string.match(('('):rep(200000), ('%b()'):rep(20))",
    "for x in string.gmatch(('a'):rep(100000), '.-.-.-.-b') do end",
    "string.gsub(('a'):rep(100000), '.-.-.-.-b', '')",
    "string.gsub(('a'):rep(1000), 'a', function() while true do end end)",
    "string.find(('a'):rep(1000000), '[' .. ('b-c'):rep(100000) .. ']*d')",
    "while true do string.rep('', 1e15) end",
    "table.concat(setmetatable({}, { __index = function() return '' end }), '', 1, math.maxinteger)",
    "table.insert(setmetatable({}, { __len = function() return math.maxinteger - 1 end }), 1, 1)",
    "table.remove(setmetatable({}, { __len = function() return math.maxinteger - 1 end }), 1)",
    "table.move({}, 1, math.maxinteger - 1, 2)",
    "table.sort(setmetatable({}, { __len = function() return 100000 end, __index = function() return 1 end }), function() while true do end end)",
    "local t = {} for i = 1, 200000 do t[i] = i % 100 end while true do table.sort(t, function(a, b) return a < b end) end",
    "load(function() return ' ' end)",
    "while true do load('return 1') end",
    "while true do perigee.uuid() perigee.now() end",
    "while true do collectgarbage('step') end",
    "while true do self:rooms() end",
    "while true do perigee.json.decode(perigee.json.encode({ 1, 2, 3 })) end",
    "local t = {} for i = 1, 60 do t = { t, t } end perigee.json.encode(t)",
    "setmetatable(_G, { __index = function() while true do end end }) return missing",
    "while true do string.format('%99.99f', 1e300) end",
  ]

  @Test(arguments: endless)
  func `an endless handler is stopped and the app serves on`(body: String) throws {
    let app = try App(
      "function on_x(self) \(body) end function on_ok() return 1 end", limits: Self.quick)
    let clock = ContinuousClock()
    var told: [Told] = []
    let took = clock.measure { told = app.send(#"["x"]"#, ack: 1) }
    let failure = try #require(told.first { $0.kind == .failure }?.failure)
    #expect([.time, .memory, .limit].contains(failure.code), "\(failure)")
    #expect(took < .seconds(5))
    #expect(told.last?.kind == .emit)
    #expect(app.ask(#"["ok"]"#) == "1")
    #expect(!app.isolate.lastRunWasInterrupted)
  }

  static let greedy = [
    "local t = {} for i = 1, 1e9 do t[i] = i end",
    "local s = 'x' while true do s = s .. s end",
    "return ('x'):rep(1 << 40)",
    "return ('x'):rep(1e9, 'y')",
    "local t = {} while true do t = { t, ('x'):rep(1000) .. #t } end",
    "local function f() return 1 + f() end return f()",
    "local t = {} for i = 1, 1e7 do t[i] = coroutine.create(print) end",
    "return table.concat({ ('x'):rep(8e6), ('y'):rep(8e6) })",
    "return (('x'):rep(1e6):gsub('x', ('y'):rep(1000)))",
    "return table.pack(table.unpack({}, 1, 1e7))",
    "table.sort(setmetatable({}, { __len = function() return 2e9 // 1 | 0 end }))",
    "return ('x'):rep(5e6):upper():lower():reverse() .. ('x'):rep(9e6)",
    "local s = '' for i = 1, 1e9 do s = s .. i end",
    "return string.format('%s%s', ('x'):rep(8e6), ('x'):rep(8e6))",
  ]

  @Test(arguments: greedy)
  func `a greedy handler is stopped and the memory is there again`(body: String) throws {
    let app = try App(
      "function on_x() \(body) end function on_ok() return #('x'):rep(1e6) end",
      limits: LuaLimits(memoryBytes: 16 << 20, eventTime: .milliseconds(500)))
    let failure = try #require(app.send(#"["x"]"#).first { $0.kind == .failure }?.failure)
    #expect([.memory, .runtime, .time].contains(failure.code), "\(failure)")
    #expect(app.ask(#"["ok"]"#) == "1000000")
    #expect(!app.isolate.overflowed)
    #expect(app.isolate.memoryUsed <= 16 << 20)
  }

  @Test func `memory that stays in use is noticed`() throws {
    let app = try App(
      "kept = {} function on_x() while true do kept[#kept + 1] = ('x'):rep(1000) .. #kept end end",
      limits: LuaLimits(memoryBytes: 8 << 20, eventTime: .seconds(5)))
    #expect(app.send(#"["x"]"#).first?.failure?.code == .memory)
    #expect(app.isolate.overflowed)
  }

  @Test func `a caught memory error does not spoil the state`() throws {
    let app = try App(
      "function on_x() return pcall(string.rep, 'x', 1 << 30), (pcall(function() local t = {} while true do t[#t + 1] = {} end end)) end",
      limits: LuaLimits(memoryBytes: 8 << 20, eventTime: .seconds(5)))
    #expect(app.ask(#"["x"]"#) == "false,false")
    #expect(!app.isolate.overflowed)
  }

  @Test func `an endless script fails to load and the old one serves on`() throws {
    let app = try App(
      "function on_x() return 1 end", limits: LuaLimits(loadTime: .milliseconds(30)))
    let error = #expect(throws: LuaError.self) { try app.load("while true do end") }
    #expect(error?.code == .time && error?.line == 1)
    #expect(app.isolate.lastRunWasInterrupted)
    #expect(app.ask(#"["x"]"#) == "1")
  }

  @Test func `the error names the file and the line that ran`() throws {
    let app = try App("function on_x()\n\n  while true do end\nend", limits: Self.quick)
    let failure = try #require(app.send(#"["x"]"#).first?.failure)
    #expect(failure.description == "test.lua:3: the run took longer than 30 ms")
  }

  @Test func `a waiting handler gets a fresh budget, and loses it when it loops`() throws {
    let app = try App("function on_x() perigee.sleep(1) while true do end end", limits: Self.quick)
    let sleep = try #require(app.send(#"["x"]"#).first)
    app.isolate.wake(sleep.token)
    #expect(app.take().first?.failure?.code == .time)
    #expect(app.isolate.suspended == 0)
  }

  @Test(arguments: [
    "while true do end", "while true do pcall(function() while true do end end) end",
    "while true do coroutine.wrap(function() end)() end",
  ])
  func `an instruction budget stops the same way`(body: String) throws {
    let app = try App(
      "function on_x() \(body) end function on_ok() local n = 0 for i = 1, 1000 do n = n + i end return n end",
      limits: LuaLimits(eventTime: .seconds(20), eventInstructions: 50_000))
    let failure = try #require(app.send(#"["x"]"#).first?.failure)
    #expect(failure.code == .instructions)
    #expect(failure.message == "the run executed more than 50000 instructions")
    #expect(app.ask(#"["ok"]"#) == "500500")
  }

  @Test func `isolates on several threads are stopped each for itself`() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<6 {
        group.addTask {
          let app = try App(
            "function on_x(self, n) if n == 0 then while true do end end return n end",
            limits: Self.quick)
          for _ in 0..<5 {
            let told = app.send("[\"x\",\(index % 2)]", ack: 1)
            if index % 2 == 0, told.first?.failure?.code != .time { return false }
            if index % 2 == 1, told.texts != ["ack [1]"] { return false }
          }
          return true
        }
      }
      for try await good in group { #expect(good) }
    }
  }
}
