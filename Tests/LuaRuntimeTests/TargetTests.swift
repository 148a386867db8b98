import LuaRuntime
import Testing

/// What targets do with those whom they reach.
@Suite struct TargetTests {
  private let script = """
    function on_connect(self) if self.id == "id-66" then return false end end
    function on_join(self, ...) self:join(...) end
    function on_leave(self, ...) self:leave(...) end
    local function ids(target)
      local list = perigee.json.array {}
      for _, socket in ipairs(target:sockets()) do list[#list + 1] = socket.id end
      table.sort(list)
      return list
    end
    local targets = {
      a = function(self) return perigee.to("a") end,
      ab = function(self) return perigee.to("a", "b") end,
      a_not_b = function(self) return perigee.to("a"):except("b") end,
      others_a = function(self) return self:to("a") end,
      mine_a = function(self) return self:in_rooms("a") end,
      not_a = function(self) return perigee.except("a") end,
      others_not_a = function(self) return self:except("a") end,
      all = function(self) return perigee.everyone() end,
      one = function(self) return perigee.to("id-9") end,
      but_one = function(self) return perigee.except("id-9") end,
      none = function(self) return perigee.to("nobody") end,
    }
    function on_ids(self, which) return ids(targets[which](self)) end
    function on_all_join(self, which, ...) targets[which](self):join(...) end
    function on_all_leave(self, which, ...) targets[which](self):leave(...) end
    function on_all_go(self, which, close) targets[which](self):disconnect(close) end
    function on_rooms() local list = perigee.rooms() table.sort(list) return list end
    function on_socket(self, id) local found = perigee.socket(id)
      if found then found.seen = true end return found and found.id, found and found.seen end
    function on_volatile(self)
      self:emit("a") self:volatile():emit("b") self:to("r"):volatile():emit("c")
    end
    """

  /// Sockets 7 and 8 are in a, 8 and 9 in b; 10 is nowhere.
  private func app() throws -> App {
    let app = try App(script)
    app.join([8, 9, 10, 66])
    app.send(#"["join","a"]"#)
    app.send(#"["join","a","b"]"#, to: 8)
    app.send(#"["join","b"]"#, to: 9)
    return app
  }

  @Test(arguments: [
    ("a", [7, 8]), ("ab", [7, 8, 9]), ("a_not_b", [7]), ("others_a", [8]), ("mine_a", [7, 8]),
    ("not_a", [10, 9]), ("others_not_a", [10, 9]), ("all", [10, 7, 8, 9]), ("one", [9]),
    ("but_one", [10, 7, 8]), ("none", []),
  ])
  func `sockets answers those whom it reaches, each once`(which: String, ids: [Int]) throws {
    let app = try app()
    app.open(11)
    let list = ids.map { "\"id-\($0)\"" }.joined(separator: ",")
    #expect(app.ask("[\"ids\",\"\(which)\"]") == "[\(list)]")
  }

  @Test func `those who have gone are reached no more`() throws {
    let app = try app()
    app.disconnect(8)
    app.park(9)
    #expect(app.ask(#"["ids","ab"]"#) == #"["id-7"]"#)
    #expect(app.ask(#"["rooms"]"#) == #"["a"]"#)
    app.rejoin(9)
    #expect(app.ask(#"["ids","ab"]"#) == #"["id-7","id-9"]"#)
    app.park(9)
    app.isolate.forget(socket: 9)
    app.send(#"["leave","a"]"#)
    #expect(app.ask(#"["rooms"]"#) == "[]")
  }

  @Test func `join and leave move all of them`() throws {
    let app = try app()
    let joined = app.send(#"["all_join","a","b","c"]"#)
    #expect(
      Set(joined.map { "\($0.kind) \($0.socket) \($0.name)" })
        == ["join 7 b", "join 7 c", "join 8 c"])
    #expect(app.ask(#"["rooms"]"#) == #"["a","b","c"]"#)
    let left = app.send(#"["all_leave","all","b"]"#)
    #expect(
      Set(left.map { "\($0.kind) \($0.socket) \($0.name)" })
        == ["leave 7 b", "leave 8 b", "leave 9 b"])
    #expect(app.ask(#"["rooms"]"#) == #"["a","c"]"#)
  }

  @Test func `disconnect ends all of them`() throws {
    let app = try app()
    let told = app.send(#"["all_go","others_a",true]"#)
    #expect(told.map(\.socket) == [8] && told[0].flag)
    #expect(app.send(#"["all_go","all"]"#).filter { !$0.flag }.count == 4)
  }

  @Test func `a client is found by its id while it is there`() throws {
    let app = try app()
    #expect(app.ask(#"["socket","id-9"]"#) == #""id-9",true"#)
    for id in ["id-66", "nobody", ""] { #expect(app.ask("[\"socket\",\"\(id)\"]") == "null,null") }
    app.park(9)
    #expect(app.ask(#"["socket","id-9"]"#) == "null,null")
  }

  @Test func `volatile marks what may be lost`() throws {
    let app = try app()
    let told = app.send(#"["volatile"]"#)
    #expect(told.map(\.flag) == [false, true, true])
  }

  @Test(arguments: [
    "self:volatile():emit('x', 1)", "self:to('r'):volatile():except('s'):emit('x', 1)",
    "perigee.volatile():emit('x', 1)", "perigee.everyone():volatile():to('r'):emit('x', 1)",
    "perigee.of('/test'):volatile():emit('x', 1)",
    "self:timeout(2):volatile():emit('x', 1)",
  ])
  func `every way to send can be volatile`(call: String) throws {
    let app = try App("function on_x(self) \(call) end")
    let told = app.send(#"["x"]"#)
    #expect(told.count == 1 && told[0].flag && told[0].body == #"["x",1]"#)
  }

  @Test(arguments: [
    ("perigee.to('a'):join()", "bad argument #1 to 'join'"),
    ("perigee.to('a'):join('')", "between 1 and 256"),
    ("perigee.everyone():to()", "name at least one room"),
    ("perigee.everyone().emit('x')", "bad argument #1 to 'emit'"),
    ("perigee.everyone():emit(5)", "bad argument #1 to 'emit' (event name expected, got number)"),
    ("perigee.of('/test'):emit(5)", "bad argument #1 to 'emit' (event name expected, got number)"),
    ("perigee.everyone():timeout(0)", "seconds above 0 expected"),
    ("getmetatable(perigee.everyone()).__index = 1", "index"),
    ("getmetatable(perigee.of('/test')).__index = 1", "index"),
    ("getmetatable(self:volatile()).__index = 1", "index"),
    ("perigee.history('c')", "bad argument #2"), ("perigee.history('', {})", "between 1 and 256"),
    ("perigee.history('c', { size = -1 })", "size must be a number from 0 to 1000000"),
    ("perigee.history('c', { size = 1e7 })", "size must be a number from 0 to 1000000"),
    ("perigee.history('c', { size = 1.5 })", "size must be a whole number"),
    ("perigee.history('c', { size = '5' })", "size must be a number"),
    ("perigee.history('c', { age = 0/0 })", "age must be a number from 0 to 1000000000"),
    ("perigee.history('c', { sise = 5 })", "a history has no \"sise\", but size, age and durable"),
  ])
  func `misuse is a clear error`(call: String, message: String) throws {
    let app = try App("function on_x(self) \(call) end")
    let failure = try #require(app.send(#"["x"]"#).first { $0.kind == .failure }?.failure)
    #expect(failure.message.contains(message))
  }

  @Test(arguments: [
    "perigee.everyone():sockets()", "perigee.everyone():disconnect()", "perigee.socket('x')",
    "perigee.everyone():join('r')",
  ])
  func `clients cannot be touched while a script is loaded`(call: String) throws {
    let app = try App("function on_x() end")
    let error = #expect(throws: LuaError.self) { try app.load(call) }
    #expect(error?.message.contains("while the script is being loaded") == true)
  }

  @Test func `empty rooms leave no trace`() throws {
    let app = try App(script)
    var before = 0
    for n in 1...50_000 {
      app.send("[\"join\",\"room-\(n)\",\"also-\(n)\"]")
      app.send("[\"leave\",\"room-\(n)\",\"also-\(n)\"]")
      if n == 5_000 { before = app.isolate.memoryUsed }
    }
    #expect(app.isolate.memoryUsed < before * 2 && app.ask(#"["rooms"]"#) == "[]")
  }

  @Test func `rooms count as the app's memory`() throws {
    let app = try App(script, limits: LuaLimits(memoryBytes: 2 << 20))
    var failure: LuaError?
    for n: UInt64 in 100..<200 where failure == nil {
      app.join([n])
      for part in 0..<10 {
        let names = (0..<100).map { "\"\(n)-\(part)-\($0)-\(String(repeating: "x", count: 200))\"" }
        let told = app.send("[\"join\",\(names.joined(separator: ","))]", to: n)
        failure = failure ?? told.first { $0.kind == .failure }?.failure
      }
    }
    #expect(failure?.message == "not enough memory")
  }

  @Test func `histories are set while loading and in handlers`() throws {
    let app = try App(
      """
      perigee.history("news", { size = 10, age = 60 })
      function on_x(self) perigee.history("a", { size = 0 }) perigee.history("b", { age = 0.5 })
        perigee.history("c", {}) end
      """, connected: false)
    let loaded = try #require(app.take().first)
    #expect(loaded.kind == .history && loaded.name == "news" && loaded.namespace == "/test")
    #expect(loaded.number == 10 && loaded.duration == .seconds(60))
    app.join([7])
    let told = app.send(#"["x"]"#)
    #expect(told.map(\.number) == [0, -1, -1])
    #expect(told[0].duration < .zero && told[1].duration == .milliseconds(500))
  }
}
