-- Rules as the browser gets them: JSON values for the function `validate` of schema.js. Patterns and
-- check functions are the server's alone.
local prelude, host = ...
local array = host.json.array

local plain_options = { "min", "max", "like", "must", "options", "default", "message", "messages" }

--- The description of a rule, such as { type = "text", max = 80 }.
function prelude.describe(rule)
  local description = { type = rule.kind, optional = rule.optional or nil }
  for _, name in ipairs(plain_options) do description[name] = rule[name] end
  if rule.kind == "text" and not rule.trim then description.trim = false end
  if rule.of then description.of = prelude.describe(rule.of) end
  if rule.fields then
    local fields = array{}
    for i, field in ipairs(rule.fields) do
      fields[i] = array{ field.name, prelude.describe(field.rule) }
    end
    description.fields = fields
  end
  return description
end

--- The description of an event's arguments: `args` are theirs in order; when `positional`, errors
--- are by the argument's number, else they are those of the only argument.
function prelude.describe_arguments(arguments)
  local args = array{}
  for i, rule in ipairs(arguments) do args[i] = prelude.describe(rule) end
  return { args = args, positional = arguments.positional or nil }
end
