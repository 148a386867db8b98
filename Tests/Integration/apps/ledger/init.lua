-- Models of every kind, which tests change through events while pages are on their way.
local Ledger = {}

local list = perigee.model("list", { title = "List", items = {}, count = 0 }, { read = true })
local slow = perigee.model("slow", { turns = 0 }, {
  read = function()
    perigee.sleep(0.05)
    return true
  end,
})
local rooms = perigee.models("room", function(key) return { name = key, said = {} } end, {
  key = function(_, asked) return type(asked) == "string" and asked end,
})

local function visitor(self)
  return (self.handshake.headers.cookie or ""):match("visitor=(%w+)")
end

local mine = perigee.models("mine", function(key) return { owner = key, notes = {} } end, {
  key = function(self) return visitor(self) or false end,
})
perigee.model("secret", { word = "hush" }, {
  read = function(self) return visitor(self) == "ann" end,
})

-- Changes of every kind: what `change` answers is what the model is then.
local changes = {
  push = function(id) list.items:push { id = id, done = false } end,
  insert = function(id) list.items:insert(1, { id = id, done = true }) end,
  remove = function() if #list.items > 0 then list.items:remove(1) end end,
  reverse = function() list.items:sort(function(a, b) return a.id > b.id end) end,
  toggle = function(id)
    for _, item in ipairs(list.items) do
      if item.id <= id then item.done = not item.done end
    end
  end,
  title = function(id) list.title = "List " .. id end,
  clear = function() list.items = {} end,
  nothing = function() list.title = list.title end,
}

function Ledger:on_change(kind, id)
  changes[kind](id)
  list.count = list.count + (kind == "nothing" and 0 or 1)
  return perigee.plain(list)
end

function Ledger:on_list() return perigee.plain(list) end

function Ledger:on_turn()
  slow.turns = slow.turns + 1
  return slow.turns
end

function Ledger:on_say(room, text)
  rooms[room].said:push(text)
  return perigee.plain(rooms[room])
end

function Ledger:on_note(text)
  local own = mine[visitor(self)]
  own.notes:push(text)
  return perigee.plain(own)
end

return Ledger
