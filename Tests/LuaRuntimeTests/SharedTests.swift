import Foundation
import LuaRuntime
import Testing

@Suite struct SharedTests {
  /// What the expression evaluates to with `shared` at hand, as JSON text.
  private func evaluate(
    _ statements: String, in shared: LuaShared = LuaShared(), worker: Int = 1
  ) throws -> String {
    try app(statements, in: shared, worker: worker).ask(#"["x"]"#)
  }

  private func app(
    _ statements: String, in shared: LuaShared, worker: Int = 1, limits: LuaLimits = LuaLimits()
  ) throws -> App {
    try App(
      "local shared = perigee.shared function on_x(self, a) \(statements) end",
      worker: LuaWorker(number: worker, count: 4, shared: shared), limits: limits)
  }

  @Test(arguments: [
    ("true", "true"), ("false", "false"), ("12", "12"),
    ("-9223372036854775807", "-9223372036854775807"),
    ("0.5", "0.5"), ("3.0", "3.0"), ("'text'", #""text""#), ("''", #""""#), ("{}", "{}"),
    ("{ 1, 'b', { c = true } }", #"[1,"b",{"c":true}]"#), ("perigee.json.array{}", "[]"),
    ("{ 1, perigee.null }", "[1,null]"), ("nil", "null"),
  ])
  func `a value comes back as it was`(value: String, json: String) throws {
    #expect(try evaluate("shared.set('k', \(value)) return shared.get('k')") == json)
  }

  @Test func `strings may hold any bytes`() throws {
    let text =
      #"local s = ('\0\255'):rep(70000) shared.set('k\0', s) return shared.get('k\0') == s"#
    #expect(try evaluate(text) == "true")
  }

  @Test func `what comes back is a copy`() throws {
    let text = "local t = { 1 } shared.set('k', t) t[1] = 2 local u = shared.get('k') u[1] = 3 "
    #expect(try evaluate(text + "return shared.get('k')[1]") == "1")
  }

  @Test func `another state sees what one has set, and the next generation too`() throws {
    let shared = LuaShared()
    let writer = try app("shared.set('k', { n = a })", in: shared)
    writer.send(#"["x",5]"#)
    let reader = try app("return shared.get('k').n", in: shared, worker: 2)
    #expect(reader.ask(#"["x"]"#) == "5")
    try reader.load("function on_x() return perigee.shared.get('k').n + 1 end")
    #expect(reader.ask(#"["x"]"#) == "6")
  }

  @Test func `set to nil and delete remove a key`() throws {
    let text = "shared.set('a', 1) shared.set('b', 2) shared.set('a', nil) "
    let rest = "return shared.get('a'), shared.delete('b'), shared.delete('b'), #shared.keys()"
    #expect(try evaluate(text + rest) == "null,true,false,0")
  }

  @Test func `add counts, and begins with nothing`() throws {
    let text = "return shared.add('n'), shared.add('n', 4), shared.add('n', -1.5), shared.get('n')"
    #expect(try evaluate(text) == "1,5,3.5,3.5")
    let wraps = "shared.set('n', math.maxinteger) return shared.add('n') == math.mininteger"
    #expect(try evaluate(wraps) == "true")
  }

  @Test func `keys are those that begin like that`() throws {
    let text = "for _, k in ipairs { 'a:1', 'a:2', 'b:1', 'a' } do shared.set(k, 1) end "
    let rest =
      "local k = shared.keys('a:') table.sort(k) return k, #shared.keys(), shared.keys('z')"
    #expect(try evaluate(text + rest) == #"["a:1","a:2"],4,[]"#)
  }

  @Test func `a value with a ttl expires`() throws {
    let shared = LuaShared()
    let set = try app(
      "shared.set('k', 1, { ttl = 10 }) shared.add('n', 1, { ttl = 5 })", in: shared)
    set.send(#"["x"]"#)
    let get = try app("return shared.get('k'), shared.get('n'), shared.keys()", in: shared)
    shared.advance(by: .seconds(6))
    #expect(get.ask(#"["x"]"#) == #"1,null,["k"]"#)
    shared.advance(by: .seconds(5))
    #expect(get.ask(#"["x"]"#) == "null,null,[]")
    #expect(shared.used == 0)
  }

  @Test func `add and update leave the time that a key has, set does not`() throws {
    let shared = LuaShared()
    let change = try app(
      """
      for _, k in ipairs { 'a', 'u', 's' } do shared.set(k, 1, { ttl = 10 }) end
      shared.add('a', 1, { ttl = 100 })
      shared.update('u', function(v) return v + 1 end)
      shared.set('s', 2)
      """, in: shared)
    change.send(#"["x"]"#)
    shared.advance(by: .seconds(11))
    let get = try app("return shared.get('a'), shared.get('u'), shared.get('s')", in: shared)
    #expect(get.ask(#"["x"]"#) == "null,null,2")
  }

  @Test func `what has expired makes room without being asked for`() throws {
    let shared = LuaShared(bytes: 100_000)
    let fill = try app(
      "for i = 1, 300 do shared.set(a .. i, ('x'):rep(100), { ttl = 1 }) end return 'full'",
      in: shared)
    for round in 1...20 {
      #expect(fill.ask(#"["x","\#(round) "]"#) == #""full""#)
      #expect(shared.used <= 100_000)
      shared.advance(by: .seconds(2))
    }
  }

  @Test func `update changes a table, and removes what becomes nil`() throws {
    let text = """
      local function add(t) t = t or {} t[#t + 1] = #t + 1 return t end
      shared.update('t', add) shared.update('t', add)
      local all = shared.get('t')
      return all, shared.update('t', function() end), shared.get('t')
      """
    #expect(try evaluate(text) == "[1,2],null,null")
  }

  @Test func `an update that others overtook is made again, even if it has waited`() throws {
    let shared = LuaShared()
    let slow = try app(
      "return shared.update('n', function(n) perigee.sleep(1) return (n or 0) + 1 end)", in: shared)
    let sleep = try #require(slow.send(#"["x"]"#, ack: 1).first)
    #expect(try evaluate("return shared.add('n', 10)", in: shared, worker: 2) == "10")
    slow.isolate.wake(sleep.token)
    let again = try #require(slow.take().last)
    #expect(again.kind == .sleep)
    slow.isolate.wake(again.token)
    #expect(slow.take().texts == ["ack [11]"])
  }

  @Test func `a store that is full says so and keeps what it has`() throws {
    let shared = LuaShared(bytes: 10_000)
    let text = """
      shared.set('k', 'kept')
      local good, why = pcall(shared.set, 'k', ('x'):rep(20000))
      local n = 0
      while pcall(shared.set, 'n' .. n, n) do n = n + 1 end
      return good, why:match('limits.shared_mb') ~= nil, shared.get('k'), n > 10, shared.add('n1', 1)
      """
    #expect(try evaluate(text, in: shared) == #"false,true,"kept",true,2"#)
    #expect(shared.used <= 10_000)
    shared.setLimit(bytes: 20_000)
    #expect(try evaluate("shared.set('new', 1) return shared.get('new')", in: shared) == "1")
  }

  @Test(arguments: [
    ("get('')", "has between 1 and 256 bytes"),
    ("get(('k'):rep(257))", "has between 1 and 256 bytes"),
    ("set('k', print)", "a function has no form in JSON"), ("set('k')", "value expected"),
    ("set('k', { 1, nil, 3 })", "gaps"), ("set('k', perigee.binary('x'))", "binary"),
    ("set('k', '1') perigee.shared.add('k', 1)", "is no number to add to"),
    ("add('k', '1')", "number expected"), ("set('k', 1, { tll = 1 })", "the one option is ttl"),
    ("set('k', 1, { ttl = 0 })", "seconds above 0"), ("set('k', 1, 5)", "table expected"),
    ("update('k', 1)", "function expected"), ("update('k', function() error('own') end)", "own"),
  ])
  func `misuse is a clear error`(call: String, message: String) throws {
    let app = try App("function on_x() perigee.shared.\(call) end")
    let failure = try #require(app.send(#"["x"]"#).first?.failure)
    #expect(failure.message.contains(message), "\(failure.message)")
    #expect(failure.line == 1)
  }

  @Test func `an endless update is stopped like anything else`() throws {
    let app = try App(
      "function on_x() perigee.shared.update('k', function() while true do end end) end",
      limits: LuaLimits(eventTime: .milliseconds(20)))
    #expect(app.send(#"["x"]"#).first?.failure?.code == .time)
    #expect(app.send(#"["x"]"#).first?.failure?.code == .time)
  }

  @Test func `several states count on several threads without losing any`() async throws {
    let shared = LuaShared()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 1...4 {
        group.addTask {
          let app = try self.app(
            """
            for i = 1, 500 do
              shared.add('sum')
              shared.update('table', function(t) t = t or {} t.n = (t.n or 0) + 1 return t end)
              shared.set('own ' .. perigee.worker, i)
              shared.keys('own')
            end
            """, in: shared, worker: worker, limits: LuaLimits(eventTime: .seconds(20)))
          for _ in 1...4 { #expect(app.send(#"["x"]"#).isEmpty) }
        }
      }
      try await group.waitForAll()
    }
    let text = "return shared.get('sum'), shared.get('table').n, #shared.keys('own')"
    #expect(try evaluate(text, in: shared) == "8000,8000,4")
  }

  @Test func `whatever is done, it is a table with expiry`() throws {
    for seed in 0..<40 {
      var random = JSONFuzzTests.Seeded(state: UInt64(seed))
      let shared = LuaShared()
      let app = try app("return shared[a[1]](table.unpack(a, 2, 4))", in: shared)
      var model: [String: (value: Int, expires: Int)] = [:]
      var now = 0
      for _ in 1...300 {
        let key = "k\(Int.random(in: 0...20, using: &random))"
        let number = Int.random(in: -5...5, using: &random)
        let ttl = Int.random(in: 1...9, using: &random)
        let old = model[key].flatMap { $0.expires > now ? $0 : nil }
        switch Int.random(in: 0...5, using: &random) {
        case 0:
          _ = app.ask(#"["x",["set","\#(key)",\#(number),{"ttl":\#(ttl)}]]"#)
          model[key] = (number, now + ttl)
        case 1:
          _ = app.ask(#"["x",["set","\#(key)",\#(number)]]"#)
          model[key] = (number, .max)
        case 2:
          let sum = app.ask(#"["x",["add","\#(key)",\#(number),{"ttl":\#(ttl)}]]"#)
          model[key] = ((old?.value ?? 0) + number, old?.expires ?? now + ttl)
          #expect(sum == "\((old?.value ?? 0) + number)", "seed \(seed)")
        case 3:
          #expect(app.ask(#"["x",["delete","\#(key)"]]"#) == "\(old != nil)", "seed \(seed)")
          model[key] = nil
        case 4:
          now += ttl
          shared.advance(by: .seconds(ttl))
        default:
          let value = app.ask(#"["x",["get","\#(key)"]]"#)
          #expect(value == old.map { "\($0.value)" } ?? "null", "seed \(seed)")
        }
      }
    }
  }
}
