-- Widgets: parts of pages that scripts declare with perigee.widget. Their declarations are checked
-- here, at the script's line. registry.lua keeps those of a load, widget_data.lua fills them.
local prelude, host = ...
local declaration = prelude.declaration
local fail, show = declaration.fail, declaration.show

local own_attributes = { name = true, app = true, id = true, bind = true }
local unfit_names = { constructor = true, prototype = true }

local handles = setmetatable({}, { __mode = "k" })
local class = {
  __metatable = false,
  __name = "widget",
  __newindex = function() fail("a widget cannot be changed; declare another one that extends it") end,
}

local function text(value)
  if type(value) ~= "string" or not utf8.len(value) then return "text" end
end

local function name(value)
  if type(value) ~= "string" or #value > 64 or not value:find("^%a[%w_-]*$") then
    return "a letter, followed by letters, digits, - and _"
  end
end

local function table_value(value)
  if type(value) ~= "table" then return "a table" end
end

local function init(value)
  if type(value) ~= "function" and text(value) then return "a function, or JavaScript as text" end
end

local function base(value)
  if not (type(value) == "table" and handles[value]) and name(value) then
    return "a widget or the name of one"
  end
end

local function partials(value)
  if type(value) ~= "table" then return "a table of templates by name" end
  for key, template in pairs(value) do
    if type(key) ~= "string" or text(template) then return "a table of templates by name" end
  end
end

local options = {
  name = name, template = text, params = table_value, init = init, extends = base,
  validate = table_value, style = text, script = text, js = text, partials = partials,
}

-- Names in a list are parameters without a default, other keys parameters with theirs.
local function params_of(what, given)
  local names, defaults = host.json.array{}, {}
  for key, value in pairs(given) do
    local param = math.type(key) == "integer" and value or key
    if type(param) ~= "string" or not param:find("^%a[%w_]*$") or unfit_names[param] then
      fail("%s: a parameter cannot be named %s", what, show(param))
    end
    if own_attributes[param] then
      fail("%s: %s cannot be a parameter: it belongs to the element", what, show(param))
    end
    if param == key then defaults[param] = value end
    names[#names + 1] = param
  end
  table.sort(names)
  local good, problem = pcall(host.json.encode, defaults)
  if not good then fail("%s: a default cannot be written as JSON: %s", what, problem) end
  return names, defaults
end

-- By event the arguments that `validate` declares.
local function schemas_of(given)
  local schemas, place = {}, host.where()
  for event, declared in pairs(given) do
    if type(event) ~= "string" then
      fail("validate must be a table by event, without the key %s", show(event))
    end
    local arguments, on_error = prelude.arguments_of(place, event, declared)
    schemas[event] = { arguments = arguments, on_error = on_error, place = place }
  end
  return schemas
end

local function joined(first, second)
  return first and second and first .. "\n" .. second or first or second
end

local function widget_of(given, namespace)
  local names, defaults = params_of("perigee.widget", given.params or {})
  local is_script = type(given.init) == "string"
  return {
    name = given.name or namespace:match("[^/]*$"), namespace = namespace, place = host.where(),
    template = given.template, params = names, defaults = defaults,
    init = not is_script and given.init or nil,
    js = joined(given.js, is_script and given.init or nil),
    extends = handles[given.extends] and handles[given.extends].name or given.extends,
    schemas = schemas_of(given.validate or {}),
    style = given.style, script = given.script, partials = given.partials or {},
  }
end

--- Declares a widget and answers what others can extend.
function prelude.perigee.widget(given)
  local namespace = host.loading()
  if not namespace then fail("perigee.widget: declare widgets while the script is loaded") end
  if type(given) ~= "table" then
    fail("perigee.widget needs a table in braces, not %s", show(given))
  end
  declaration.check_options("perigee.widget", given, options)
  if given.template == nil and given.extends == nil then
    fail("perigee.widget needs a template, or a widget that it extends")
  end
  local widget = widget_of(given, namespace)
  if name(widget.name) then fail("perigee.widget needs a name, such as name = \"clock\"") end
  prelude.add_widget(widget)
  local handle = setmetatable({}, class)
  handles[handle] = widget
  return handle
end
