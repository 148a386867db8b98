-- Which options each kind of rule has, and what their values must be. schema.lua checks the options
-- that a script gives against these tables.
local prelude = ...
local formats, show = prelude.formats, prelude.declaration.show

local LARGEST_COUNT = 2 ^ 31

local function of_type(expected, needed)
  return function(value)
    if type(value) ~= expected then return needed end
  end
end

local function count(value)
  if math.type(value) ~= "integer" or value < 0 or value > LARGEST_COUNT then
    return "a whole number from 0 on"
  end
end

local function integer(value)
  if math.type(value) ~= "integer" or math.abs(value) >= 2 ^ 53 then return "a whole number" end
end

local function number(value)
  if type(value) ~= "number" or value ~= value or math.abs(value) == math.huge then
    return "a number"
  end
end

local function pattern(value)
  if type(value) ~= "string" then return "a Lua pattern" end
  local good, problem = pcall(string.find, "", value)
  if not good then return ("a Lua pattern (%s)"):format(problem:gsub("^.-:%d+: ", "")) end
end

local function like(value)
  if not formats.like[value] then
    return "one of " .. table.concat(prelude.declaration.names(formats.like), ", ")
  end
end

local function must(value)
  if value ~= true then return "true" end
end

local function messages(value)
  if type(value) ~= "table" then return "a table of texts" end
  for code, text in pairs(value) do
    local known = false
    for _, name in ipairs(prelude.message_codes) do known = known or name == code end
    if not known then
      return "a table with the keys " .. table.concat(prelude.message_codes, ", ")
        .. " and not " .. show(code)
    end
    if type(text) ~= "string" then return "a table of texts" end
  end
end

local function on_error(value)
  if type(value) ~= "string" and type(value) ~= "function" then
    return "an event's name or a function"
  end
end

local function anything() end

local flag, text = of_type("boolean", "true or false"), of_type("string", "text")
local callback = of_type("function", "a function")

-- The options of a kind: its own and those of every rule.
local function with_common(own)
  local options = {
    optional = flag, default = anything, message = text, messages = messages, check = callback,
  }
  for name, test in pairs(own) do options[name] = test end
  return options
end

--- By kind: for each option a function that answers nothing, or what the option needs to be.
prelude.options = {
  text = with_common{ min = count, max = count, trim = flag, like = like, pattern = pattern },
  email = with_common{ max = count },
  integer = with_common{ min = integer, max = integer },
  number = with_common{ min = number, max = number },
  boolean = with_common{ must = must },
  choice = with_common{},
  list = with_common{ min = count, max = count },
  object = with_common{ on_error = on_error },
  any = with_common{},
}

--- What may stand beside the rules of an event's arguments.
prelude.argument_options = { on_error = on_error }
