-- A model that changes at random, as a test orders it, so that what pages show can be compared.

local Mirror = {}

local WORDS = { "red", "green", "blue", "<b>", "a&b", '"q"', "" }

local seed = 1

-- The same numbers in every run, whatever else asks for random ones.
local function random(low, high)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return low + (seed // 65536) % (high - low + 1)
end

local function word() return WORDS[random(1, #WORDS)] end

local function leaf()
  return { name = word(), value = random(0, 99), on = random(0, 1) == 1, tags = {}, nodes = {} }
end

local function make()
  local root = leaf()
  for _ = 1, 5 do root.nodes[#root.nodes + 1] = leaf() end
  return root
end

local tree = perigee.model("tree", make(), { read = true, history = 20000 })

-- A node somewhere in the tree, at most five levels down.
local function pick()
  local node = tree
  for _ = 1, random(0, 5) do
    if #node.nodes == 0 then break end
    node = node.nodes[random(1, #node.nodes)]
  end
  return node
end

local steps = {
  function(node) node.name = word() end,
  function(node) node.value = random(0, 99) end,
  function(node) node.on = not node.on end,
  function(node) node.note = random(0, 1) == 1 and word() or nil end,
  function(node) if #node.tags < 6 then node.tags:push(word()) end end,
  function(node) if #node.tags > 0 then node.tags:remove(random(1, #node.tags)) end end,
  function(node) if #node.tags < 6 then node.tags:insert(random(1, #node.tags + 1), word()) end end,
  function(node) node.tags:sort() end,
  function(node) node.tags = { word(), word() } end,
  function(node) if #node.nodes < 7 then node.nodes:push(leaf()) end end,
  function(node) if #node.nodes < 7 then node.nodes:unshift(leaf()) end end,
  function(node) if #node.nodes > 0 then node.nodes:remove(random(1, #node.nodes)) end end,
  function(node) if #node.nodes > 3 then node.nodes:pop() node.nodes:shift() end end,
  function(node) node.nodes:sort(function(a, b) return a.value < b.value end) end,
  function(node) if #node.nodes > 1 then node.nodes[1], node.nodes[2] = node.nodes[2], node.nodes[1] end end,
  function(node)
    node.marks = node.marks or {}
    node.marks["m" .. random(1, 9)] = random(0, 3) > 0 and random(0, 9) or nil
  end,
  function(node) node.marks = nil end,
  function(node) if #tree.nodes > 4 and node ~= tree then node.nodes = {} end end,
}

function Mirror:on_mutate(from, count)
  seed = from
  for _ = 1, count do steps[random(1, #steps)](pick()) end
  return count
end

Mirror.routes = {
  ["POST /mutate"] = function(self, request)
    Mirror.on_mutate(self, tonumber(request.query.seed), 3)
    return { ok = true }
  end,
}

return Mirror
