-- The data that a widget begins with: defaults of its parameters, what the page gives, and what the
-- functions `init` of its base and its own answer. Called for pages; may wait where `init` does.
local prelude, host = ...
local declaration = prelude.declaration

local function merge(into, from)
  for name, value in pairs(from) do into[name] = value end
end

-- Defaults and the page's values, or nil and what to say.
local function given_data(widget, params)
  local data, known = {}, {}
  for _, part in ipairs(widget.lineage) do
    merge(data, prelude.copy(part.defaults))
    for _, name in ipairs(part.params) do known[name] = true end
  end
  for name in pairs(params) do
    if not known[name] then
      return nil, ('the widget "%s" has no parameter %s%s'):format(widget.name,
        declaration.show(name), declaration.remedy(name, declaration.names(known)))
    end
  end
  merge(data, params)
  return data
end

-- Lets one `init` add to the data. Answers nothing, or what to say.
local function initialise(part, self, data)
  local good, answer = pcall(part.init, self, prelude.copy(data))
  if not good then return tostring(answer) end
  if answer == nil then return nil end
  if type(answer) ~= "table" then
    return ('%sinit of the widget "%s" must answer a table of data, not %s'):format(part.place,
      part.name, declaration.show(answer))
  end
  local fits, problem = pcall(host.json.encode, answer)
  if not fits then
    return ('%sinit of the widget "%s" answers what JSON cannot carry: %s'):format(part.place,
      part.name, problem)
  end
  merge(data, answer)
end

--- The data of a widget for a page, or nil and a message that says what is wrong.
function prelude.widget_data(self, name, params)
  local widget, problem = prelude.find_widget(name)
  if not widget then return nil, problem end
  local data
  data, problem = given_data(widget, params or {})
  if not data then return nil, problem end
  for _, part in ipairs(widget.lineage) do
    problem = part.init and initialise(part, self, data)
    if problem then return nil, problem end
  end
  return data
end
