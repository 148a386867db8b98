-- What each kind of value must be like: pure functions from what a peer sent to the cleaned value.
-- validate.lua calls `prelude.clean`; schema.js does the same in the browser. Nothing here raises,
-- whatever the value, and nothing of the script's own code runs here.
local prelude, host = ...
local json, formats = host.json, prelude.formats

local LARGEST_INTEGER = 2 ^ 53 - 1
local words = { ["true"] = true, on = true, ["1"] = true, ["false"] = false, ["0"] = false }

-- By kind: the cleaned value, or nil and a code of messages.lua, or what is left and a table of
-- errors. `state` is validate.lua's.
local kinds = {}

function kinds.any(_, value) return value end

function kinds.text(rule, value)
  local length = type(value) == "string" and utf8.len(value)
  if not length then return nil, "type" end
  if rule.min and length < rule.min then return nil, "min" end
  if rule.max and length > rule.max then return nil, "max" end
  if rule.like and not formats.like[rule.like](value) then return nil, "like" end
  if rule.pattern and not value:find(rule.pattern) then return nil, "pattern" end
  return value
end

function kinds.email(rule, value)
  local length = type(value) == "string" and utf8.len(value)
  if not length then return nil, "type" end
  if length > rule.max then return nil, "max" end
  if not formats.email(value) then return nil, "type" end
  return value
end

local function to_number(value)
  if type(value) == "string" then value = formats.number(value) end
  if type(value) ~= "number" or value ~= value or math.abs(value) == math.huge then return nil end
  return value == 0 and 0 or value
end

local function in_range(rule, value)
  if rule.min and value < rule.min then return nil, "min" end
  if rule.max and value > rule.max then return nil, "max" end
  return value
end

function kinds.number(rule, value)
  value = to_number(value)
  if not value then return nil, "type" end
  return in_range(rule, value)
end

function kinds.integer(rule, value)
  value = to_number(value)
  if not value or value > LARGEST_INTEGER or value < -LARGEST_INTEGER then return nil, "type" end
  value = math.tointeger(value)
  if not value then return nil, "type" end
  return in_range(rule, value)
end

function kinds.boolean(rule, value)
  if type(value) == "string" then value = words[value] end
  if type(value) ~= "boolean" then return nil, "type" end
  if rule.must and not value then return nil, "must" end
  return value
end

function kinds.choice(rule, value)
  for _, option in ipairs(rule.options) do
    if value == option then return option end
  end
  local number = type(value) == "string" and formats.number(value)
  for _, option in ipairs(rule.options) do
    if number == option then return option end
  end
  return nil, "type"
end

-- A decoded array is never without its first entry; whether an empty table is one, JSON knows.
local function is_list(value)
  if type(value) ~= "table" or getmetatable(value) == "binary" then return false end
  return value[1] ~= nil or next(value) == nil and json.encode(value) == "[]"
end

function kinds.list(rule, value, state)
  if not is_list(value) then return nil, "type" end
  if #value > rule.max then return nil, "max" end
  local cleaned, errors = json.array{}, nil
  for i = 1, #value do
    if state.patience <= 0 then break end
    local name = tostring(i - 1)
    local entry, failed = prelude.clean_part(rule.of, value[i], name, state)
    if failed then
      errors = errors or {}
      errors[name] = failed
    elseif entry ~= nil then
      cleaned[#cleaned + 1] = entry
    end
  end
  if not errors and rule.min and #cleaned < rule.min then return nil, "min" end
  return cleaned, errors
end

function kinds.object(rule, value, state)
  if type(value) ~= "table" or getmetatable(value) == "binary" or is_list(value) then
    return nil, "type"
  end
  local cleaned, errors = {}, nil
  for _, field in ipairs(rule.fields) do
    local name = field.name
    local part, failed = prelude.clean_part(field.rule, value[name], name, state)
    cleaned[name] = part
    if failed then
      errors = errors or {}
      errors[name] = failed
    end
  end
  return cleaned, errors
end

local function is_missing(value) return value == nil or value == json.null or value == "" end

--- The cleaned value, and what is wrong with it: nothing, a message, or a table of errors by field.
--- Below an error the cleaned value may lack parts.
function prelude.clean(rule, value, state)
  if type(value) == "string" and rule.trim then value = formats.trim(value) end
  if is_missing(value) then
    if rule.default ~= nil then return prelude.copy(rule.default) end
    if rule.optional then return nil end
    return nil, prelude.message(rule, "required")
  end
  local cleaned, failed = kinds[rule.kind](rule, value, state)
  if type(failed) == "string" then failed = prelude.message(rule, failed) end
  return cleaned, failed
end

--- What the default of a rule is when it is cleaned, and what is wrong with it.
function prelude.clean_default(rule)
  local value = rule.default
  if rule.kind == "list" and type(value) == "table" and next(value) == nil then
    value = json.array(value)
  end
  local state = { path = {}, pending = {}, patience = 1 }
  local cleaned, failed = kinds[rule.kind](rule, value, state)
  if type(failed) == "string" then failed = prelude.message(rule, failed) end
  return cleaned, failed
end
