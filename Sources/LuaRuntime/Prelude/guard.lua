-- Guards: what a script's `require` and `validate` say of its events. They are read when the script
-- has been loaded, from the table it returned and then from its globals; admit.lua asks for them.
local prelude = ...
local declaration = prelude.declaration
local show = declaration.show

-- By table of handlers: by event its guard, { event =, predicates =, arguments =, on_error = }.
local guards = setmetatable({}, { __mode = "k" })

local function fail(place, message, ...) error(place .. message:format(...), 0) end

-- The declaration of that name. A function is none: it may be a method, or Lua's own `require`.
local function declared(script, name)
  local found = script.handlers[name]
  if found == nil or type(found) == "function" then found = rawget(script.globals, name) end
  if found == nil or type(found) == "function" then return {} end
  if type(found) ~= "table" or prelude.rule_of(found) then
    fail(script.place, "%s must be a table by event, not %s", name,
      prelude.rule_of(found) and "a rule" or show(found))
  end
  return found
end

local function has_handler(script, event)
  local name = "on_" .. event
  return script.handlers[name] ~= nil or rawget(script.globals, name) ~= nil
end

local function check_handler(script, event, what, place)
  if has_handler(script, event) or has_handler(script, "any") then return end
  local events = {}
  for _, from in ipairs{ script.handlers, script.globals } do
    for _, key in ipairs(declaration.names(from)) do
      events[#events + 1] = key:match("^on_(.+)$")
    end
  end
  fail(place, '%s names the event "%s", but there is no on_%s%s', what, event, event,
    declaration.remedy(event, events))
end

-- The guard of the event that a key of a declaration names; `_` stands for spaces.
local function guard_of(script, compiled, key, what, place)
  if type(key) ~= "string" then
    fail(place, "%s must be a table by event, without the key %s", what, show(key))
  end
  local event = key:gsub(" ", "_")
  check_handler(script, event, what, place)
  compiled[event] = compiled[event] or { event = key }
  return compiled[event]
end

-- The arguments of an event that are declared one by one, and the other keys of the declaration.
local function positions_of(place, key, list)
  local arguments, options = { positional = true }, {}
  for index, value in pairs(list) do
    if math.type(index) ~= "integer" then options[index] = value end
  end
  for i, value in ipairs(list) do
    local rule = prelude.rule_of(value)
    if not rule then
      fail(place, "validate: argument %d of the event %s needs a rule, not %s", i, show(key),
        show(value))
    end
    if rule.on_error then
      fail(place, "validate: on_error of the event %s belongs beside its rules", show(key))
    end
    arguments[i] = rule
  end
  return arguments, options
end

-- The rules of an event's arguments, what becomes of errors, and where that was declared.
local function arguments_of(place, key, given)
  local rule = prelude.rule_of(given)
  if rule then return { rule }, rule.on_error, rule.place end
  local first = type(given) == "table" and prelude.rule_of(given[1])
  if not first then
    fail(place, "validate: the event %s needs a rule, such as schema{ … }, or a list of rules, "
      .. "not %s", show(key), show(given))
  end
  local arguments, options = positions_of(first.place, key, given)
  local what = ("%svalidate: the event %s"):format(first.place, show(key))
  declaration.check_options(what, options, prelude.argument_options)
  return arguments, options.on_error, first.place
end

local function predicates_of(place, key, given)
  local predicates = type(given) == "function" and { given } or given
  if type(predicates) ~= "table" or #predicates == 0 then
    fail(place, "require: the event %s needs a function, such as auth.logged_in(), or a list of "
      .. "functions, not %s", show(key), show(given))
  end
  for index, predicate in pairs(predicates) do
    if type(predicate) ~= "function" or type(index) ~= "number" then
      fail(place, "require: the event %s needs a list of functions, without %s", show(key),
        show(type(predicate) == "function" and index or predicate))
    end
  end
  return table.move(predicates, 1, #predicates, 1, {})
end

-- A table of one of these names was meant for a guard, and would leave its events without one.
local MISSPELT = { requires = "require", validates = "validate", validations = "validate" }

local function check_spelling(script)
  for name, meant in pairs(MISSPELT) do
    if type(rawget(script.handlers, name)) == "table" then
      fail(script.place, "%s guards nothing: the field is called %s", name, meant)
    end
  end
end

local function compile(script)
  local compiled = {}
  check_spelling(script)
  for key, given in pairs(declared(script, "validate")) do
    local arguments, on_error, place = arguments_of(script.place, key, given)
    local guard = guard_of(script, compiled, key, "validate", place)
    guard.arguments, guard.on_error = arguments, on_error
  end
  for key, given in pairs(declared(script, "require")) do
    local predicates = predicates_of(script.place, key, given)
    guard_of(script, compiled, key, "require", script.place).predicates = predicates
  end
  for event, widget in pairs(prelude.widget_schemas(script.namespace)) do
    local guard = guard_of(script, compiled, event, "validate", widget.place)
    if not guard.arguments then
      guard.arguments, guard.on_error = widget.arguments, widget.on_error
    end
  end
  return compiled
end

local declare = prelude.declare  -- of the files before

--- Reads what a loaded script declares: `handlers` and `globals` are its tables, `file` its name.
--- Answers whether any event of it is guarded.
function prelude.declare(handlers, globals, namespace, file)
  declare(handlers, globals, namespace, file)
  local compiled = compile{
    handlers = handlers, globals = globals, namespace = namespace, place = file .. ": ",
  }
  guards[handlers] = compiled
  prelude.keep_guards(namespace, compiled)
  return next(compiled) ~= nil
end

--- The guard of an event, or nil.
function prelude.guard_of(handlers, event)
  local of = guards[handlers]
  return of and of[event]
end

--- What `validate` says of one event: its rules, `on_error`, and where that was declared.
prelude.arguments_of = arguments_of
