import LuaRuntime
import Testing

/// Random changes: a copy that follows the patches is always what a new reader gets.
@Suite struct ModelFuzzTests {
  /// Changes a model at random, the same way for the same seed.
  private static let mutator = """
    m = perigee.model("m", { l = { { n = 1 }, { n = 2 } }, s = { 1, 2, 3 }, o = { a = { b = 1 } } })
    local state
    local function random(n)
      state = state * 6364136223846793005 + 1442695040888963407
      return (state >> 33) % n + 1
    end
    local detached = {}
    local function fresh(depth)
      local kind = random(depth > 3 and 3 or 8)
      if kind == 1 then return random(5) end
      if kind == 2 then return ({ "x", "a/b", "~", true, false, perigee.null, 0.5 })[random(7)] end
      if kind == 3 then return {} end
      if kind == 4 then return perigee.json.object{} end
      if kind == 5 and #detached > 0 then return table.remove(detached, random(#detached)) end
      local t = {}
      for i = 1, random(4) do
        if kind < 7 then t[i] = fresh(depth + 1) else t[("k/~"):sub(random(3)) .. i] = fresh(depth + 1) end
      end
      return t
    end
    local function keys_of(object)
      local keys = {}
      for key in pairs(object) do keys[#keys + 1] = key end
      table.sort(keys)
      return keys
    end
    local function walk(node)
      local keys = keys_of(node)
      if #keys == 0 or random(4) == 1 then return node end
      local child = node[keys[random(#keys)]]
      return type(child) == "table" and walk(child) or node
    end
    local function order(a, b) return perigee.json.encode(a) < perigee.json.encode(b) end
    local function keep(value)
      if type(value) == "table" and random(2) == 1 then detached[#detached + 1] = value end
    end
    local function change_list(list)
      local kind, size = random(12), #list
      if kind < 3 then list:push(fresh(1))
      elseif kind == 3 then list:insert(random(size + 1), fresh(1))
      elseif kind == 4 then keep(list:remove(random(size)))
      elseif kind == 5 then list:unshift(fresh(1))
      elseif kind == 6 then keep(list:shift())
      elseif kind == 7 then list:sort(order)
      elseif kind == 8 then list:sort(function(a, b) return order(b, a) end)
      elseif kind == 9 then list[random(size)] = fresh(1)
      elseif kind == 10 then list:insert(random(size), list:remove(random(size)))
      elseif kind == 11 then list[random(size)], list[random(size)] = list[random(size)], list[random(size)]
      elseif random(4) == 1 then list:clear() else list:push(fresh(1), fresh(1)) end
    end
    local function change_object(object)
      local keys = keys_of(object)
      local key = keys[random(#keys + 1)] or "n" .. random(3)
      local kind = random(4)
      if object == m and kind == 1 then kind = 2 end
      if kind == 1 then keep(object[key]) object[key] = nil
      elseif kind == 2 then object[key] = perigee.plain(object[key] == nil and 1 or object[key])
      else object[key] = fresh(1) end
    end
    function on_change(self, seed)
      state = seed
      for i = 1, random(6) do
        if #perigee.json.encode(m) > 3000 then m.l = {} m.o = {} m.s = nil detached = {} end
        local node = walk(m)
        if #node > 0 then change_list(node) else
          local good, message = pcall(change_object, node)
          if not good and not message:find("nested too deeply") then error(message, 0) end
        end
      end
      if random(3) == 1 then perigee.json.encode(m) end
      for _, node in ipairs(detached) do if next(node) == nil then node.late = 1 end end
    end
    """

  /// Changes a bit of everything and then fails, so that all of it is taken back.
  private static let failingLoad = """
    m = perigee.model("m", { l = {}, new = 1 })
    for key, value in pairs(perigee.plain(m)) do
      if type(m[key]) == "table" and #m[key] > 1 then
        m[key]:push(m[key]:remove(1))
        m[key]:sort(function(a, b) return tostring(a) < tostring(b) end)
      elseif type(m[key]) == "table" then
        for name in pairs(value) do m[key][name] = { name } end
      else
        m[key] = nil
      end
    end
    error("no")
    """

  @Test(arguments: 1...12)
  func `a copy follows the patches`(round: Int) throws {
    let app = try App(Self.mutator, limits: LuaLimits(eventTime: .seconds(10)))
    var copy = try JSONTree(app.snapshot("m"))
    for step in 1...300 {
      let told = app.send("[\"change\",\(round * 100_003 + step * 7919)]")
      #expect(!told.contains { $0.kind == .failure }, "\(told.texts)")
      for command in told where command.kind == .publish {
        let before = copy
        do {
          try copy.apply(JSONTree(command.message)["patch"] ?? .null)
        } catch {
          Issue.record("step \(step): \(error) in \(command.message) to \(before)")
          return
        }
      }
      if step % 25 == 0 {
        #expect(throws: LuaError.self) { try app.load(Self.failingLoad) }
        #expect(app.take().isEmpty)
      }
      let fresh = try JSONTree(app.snapshot("m"))
      guard copy == fresh else {
        Issue.record("step \(step): \(told.texts) made \(copy), not \(fresh)")
        return
      }
    }
  }
}
