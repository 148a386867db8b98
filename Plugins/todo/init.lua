-- One list of things to do for everybody who looks at it. It survives restarts.
--
--   the model "todos"            { items = { { id, title, done }, … }, left = how many are not done }
--   add { title }                a new one, at the end
--   change { id, field, value }  from the fields of the page: a title, or whether it is done
--   raise ID, remove ID, tidy    one up, away, all that are done away

local Todo = {}

local todos = perigee.model("todos", { items = {}, left = 0, last = 0 }, { persist = true })

Todo.validate = {
  add = schema { title = text { max = 120 } },
  raise = { integer {} },
  remove = { integer {} },
}

local function find(id)
  for place, item in ipairs(todos.items) do
    if item.id == id then return place, item end
  end
end

local function count()
  local left = 0
  for _, item in ipairs(todos.items) do
    if not item.done then left = left + 1 end
  end
  todos.left = left
end

function Todo:on_add(form)
  if #todos.items >= 200 then return false, "The list is full: do something first." end
  todos.last = todos.last + 1
  todos.items:push { id = todos.last, title = form.title, done = false }
  count()
end

function Todo:on_change(change)
  local _, item = find(change.id)
  if not item then return false, "Somebody has removed it." end
  if change.field == "done" then
    item.done = change.value == true
  elseif change.field == "title" and type(change.value) == "string" and #change.value <= 480 then
    if not change.value:find("%S") then return false, "A thing to do needs a name." end
    item.title = change.value
  else
    return false, "That cannot be changed."
  end
  count()
end

function Todo:on_raise(id)
  local place, item = find(id)
  if item and place > 1 then todos.items:insert(place - 1, todos.items:remove(place)) end
end

function Todo:on_remove(id)
  local place = find(id)
  if place then todos.items:remove(place) end
  count()
end

function Todo:on_tidy()
  for place = #todos.items, 1, -1 do
    if todos.items[place].done then todos.items:remove(place) end
  end
end

return Todo
