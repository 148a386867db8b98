-- What people read beside a field whose value is not valid.
-- schema.js has the same texts; the cases of Tests/Cases/schema hold both to them. `{min}` and the
-- like stand for the rule's own options.
local prelude = ...

local defaults = {
  required = "is required",
  must = "must be accepted",
  pattern = "has the wrong form",
  check = "is not valid",
  type = {
    text = "must be text",
    email = "must be an e-mail address",
    integer = "must be a whole number",
    number = "must be a number",
    boolean = "must be yes or no",
    choice = "must be one of {options}",
    list = "must be a list",
    object = "must be an object",
  },
  min = {
    text = "must have {min} or more characters",
    integer = "must be {min} or more",
    number = "must be {min} or more",
    list = "must have {min} or more entries",
  },
  max = {
    text = "must have {max} or fewer characters",
    email = "must have {max} or fewer characters",
    integer = "must be {max} or less",
    number = "must be {max} or less",
    list = "must have {max} or fewer entries",
  },
  like = {
    digits = "must have only digits",
    word = "must have only letters, digits and _",
    slug = "must have only small letters, digits and -",
    url = "must be a web address",
  },
}

--- The codes that the option `messages` of a rule may name.
prelude.message_codes = { "check", "like", "max", "min", "must", "pattern", "required", "type" }

-- The shortest text that reads back as the same number, without a fraction of zero.
local function number_text(number)
  local whole = math.tointeger(number)
  if whole then return tostring(whole) end
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(number)
    if tonumber(text) == number then return text end
  end
end

local function text_of(value)
  if type(value) == "number" then return number_text(value) end
  if type(value) ~= "table" then return value ~= nil and tostring(value) or nil end
  local texts = {}
  for i, entry in ipairs(value) do texts[i] = text_of(entry) end
  return table.concat(texts, ", ")
end

--- The message for a value that breaks `rule` in the way that `code` names.
function prelude.message(rule, code)
  local usual = defaults[code]
  if type(usual) == "table" then usual = usual[code == "like" and rule.like or rule.kind] end
  local text = rule.messages and rule.messages[code] or rule.message or usual
  return (text:gsub("{(%a+)}", { min = text_of(rule.min), max = text_of(rule.max),
    options = text_of(rule.options) }))
end
