-- Models for bound pages: a list that everybody changes, a note for each visitor, a secret.
local Bound = {}

local list = perigee.model("list", { title = "Home", items = {} }, { read = true })
local notes = perigee.model("note", function(key) return { owner = key, text = "" } end, {
  read = true,
  key = function(_, asked) return asked or "nobody" end,
})
perigee.model("secret", {}, { read = function() return false end })

Bound.validate = { add = schema { title = text { min = 2 } } }

local function find(id)
  for place, item in ipairs(list.items) do
    if item.id == id then return place, item end
  end
end

function Bound:on_start(titles)
  list.title = "Home"
  list.items = {}
  for id, title in ipairs(titles) do
    list.items:push { id = id, title = title, done = false }
  end
  return true
end

function Bound:on_add(form)
  if form.title == "taken" then
    self:error("taken", "not again", { event = "add", errors = { title = "is taken" } })
    return
  end
  list.items:push { id = #list.items + 1, title = form.title, done = false }
  return true
end

function Bound:on_change(change)
  if change.model == "note" then
    notes[change.key].text = change.value
    return true
  end
  if change.value == "bad" then return false, "bad is refused" end
  if change.value == "broken" then error("the handler fails") end
  local _, item = find(change.id)
  if not item then return false, "it is gone" end
  item[change.field] = type(change.value) == "string" and change.value:upper() or change.value
  return true
end

function Bound:on_raise(id)
  local place, item = find(id)
  list.items:remove(place)
  list.items:insert(1, { id = item.id, title = item.title, done = item.done })
end

return Bound
