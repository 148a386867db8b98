-- A value against a rule: first the rules of rules.lua, then the script's own check functions.
-- Check functions may wait, and what they raise goes to the caller. Each runs once everything
-- within its value has passed; the value they see is the cleaned one.
local prelude, host = ...
local json = host.json

-- How many errors of one value are gathered: lists end there.
local MOST_ERRORS = 100

local function path_of(state)
  return table.move(state.path, 1, #state.path, 1, {})
end

--- Cleans a part of a value: a field or an entry of that name. For rules.lua.
function prelude.clean_part(rule, value, name, state)
  local path = state.path
  path[#path + 1] = name
  local cleaned, failed = prelude.clean(rule, value, state)
  if type(failed) == "string" then state.patience = state.patience - 1 end
  if rule.checks and not failed and cleaned ~= nil then
    state.pending[#state.pending + 1] = { rule = rule, value = cleaned, path = path_of(state) }
  end
  path[#path] = nil
  return cleaned, failed
end

local function error_at(errors, path)
  for _, name in ipairs(path) do
    if type(errors) ~= "table" then return errors end
    errors = errors[name]
  end
  return errors
end

local function put_error(errors, path, failed)
  for i = 1, #path - 1 do
    errors[path[i]] = errors[path[i]] or {}
    errors = errors[path[i]]
  end
  errors[path[#path]] = failed
end

-- What the check functions of a rule have against a value, or nil.
local function check(rule, value, whole, self)
  for _, test in ipairs(rule.checks) do
    local good, message = test(value, whole, self)
    if not good then
      if message == nil then return prelude.message(rule, "check") end
      if type(message) == "string" or type(message) == "table" then return message end
      error(("%sa check answers what is wrong as text or a table of texts by field, not %s")
        :format(rule.place, prelude.declaration.show(message)), 0)
    end
  end
end

--- The cleaned value, and what is wrong with it: nil, a message, or a table of errors by field name
--- or by index from "0" on, in the shape of the value.
function prelude.examine(rule, value, self)
  local state = { path = {}, pending = {}, patience = MOST_ERRORS }
  local found = {}
  local cleaned, failed = prelude.clean_part(rule, value, "whole", state)
  found.whole = failed
  for _, due in ipairs(state.pending) do
    if error_at(found, due.path) == nil then
      local complaint = check(due.rule, due.value, cleaned, self)
      if complaint then put_error(found, due.path, complaint) end
    end
  end
  return cleaned, found.whole
end

--- The cleaned value and nil, or nil and a table of errors. What is wrong with the value as a whole
--- is under "_".
function prelude.validate(rule, value, self)
  local cleaned, failed = prelude.examine(rule, value, self)
  if failed == nil then return cleaned end
  return nil, type(failed) == "table" and failed or { _ = failed }
end

--- A copy of a JSON value: lists stay lists.
function prelude.copy(value)
  if type(value) ~= "table" then return value end
  return json.decode(json.encode(value))
end
