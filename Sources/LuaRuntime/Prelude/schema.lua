-- The words that scripts declare schemas with: text{}, list{}, schema{} and the others, all of them
-- globals. Each makes a rule; what is wrong with it is an error at the script's line.
local prelude, host = ...
local declaration = prelude.declaration
local fail, show, rule_of = declaration.fail, declaration.show, prelude.rule_of

local MOST_ENTRIES = 1000
local LONGEST_EMAIL = 254
local unfit_names = {
  [""] = true, _ = true, ["__proto__"] = true, constructor = true, prototype = true,
}
local constructors = {}

-- The options of the kind among those given, checked. What `is_part` is true for is left out.
local function options_of(kind, given, is_part)
  local options = {}
  for name, value in pairs(given) do
    if not is_part(name, value) then options[name] = value end
  end
  declaration.check_options(prelude.word_of(kind), options, prelude.options[kind])
  return options
end

-- The table that a constructor was called with.
local function table_given(given, example)
  if given == nil then return {} end
  if type(given) ~= "table" or rule_of(given) then
    fail("braces are missing: write %s, not %s", example, show(given))
  end
  return given
end

local function is_no_part() return false end

local function is_position(name) return math.type(name) == "integer" end

-- A constructor of rules without parts.
local function simple(kind, example, complete)
  constructors[kind] = function(given)
    local rule = options_of(kind, table_given(given, example), is_no_part)
    if complete then complete(rule) end
    return prelude.make_rule(kind, rule, {})
  end
end

simple("any", "any{ optional = true }")
simple("text", "text{ max = 80 }")
simple("integer", "integer{ min = 0 }")
simple("number", "number{ min = 0 }")
simple("boolean", "boolean{ must = true }")
simple("email", "email{ optional = true }", function(rule) rule.max = rule.max or LONGEST_EMAIL end)

-- Adds an option of choice{} unless it is unfit, or there already.
local function add_option(options, seen, option)
  local fits = type(option) == "string" and option ~= "" and utf8.len(option)
    or type(option) == "number" and not prelude.options.number.min(option)
  if not fits then fail("choice{}: an option must be text or a number, not %s", show(option)) end
  if seen[option] then fail("choice{}: the option %s is there twice", show(option)) end
  seen[option] = true
  options[#options + 1] = option
end

function constructors.choice(given)
  given = table_given(given, 'choice{ "red", "green" }')
  local rule, seen = options_of("choice", given, is_position), {}
  rule.options = host.json.array{}
  for _, option in ipairs(given) do add_option(rule.options, seen, option) end
  if #rule.options == 0 then fail('choice{} needs options, such as choice{ "red", "green" }') end
  return prelude.make_rule("choice", rule, {})
end

function constructors.list(given)
  given = table_given(given, "list{ text{}, max = 5 }")
  local rule = options_of("list", given, is_position)
  rule.of = rule_of(given[1])
  if not rule.of or given[2] ~= nil then
    fail("list{} needs one rule for its entries, such as list{ text{} }, not %s",
      show(rule.of and given[2] or given[1]))
  end
  rule.max = rule.max or math.max(MOST_ENTRIES, rule.min or 0)
  return prelude.make_rule("list", rule, { rule.of })
end

-- Options and fields stand side by side in schema{}: what is a rule is a field.
local function is_field(_, value) return rule_of(value) ~= nil end

-- Raises for an entry of schema{} that is neither a field nor an option.
local function refuse_entry(name, value, known)
  for word, constructor in pairs(constructors) do
    if value == constructor then fail("schema{}: write %s = %s{}", name, word) end
  end
  local near = declaration.nearest(tostring(name), declaration.names(known))
  if near then fail('schema{}: there is no option %s; did you mean "%s"?', show(name), near) end
  fail("schema{}: the field %s needs a rule, such as text{} or schema{ … }, not %s", show(name),
    show(value))
end

local function check_entries(given, known)
  for name, value in pairs(given) do
    if type(name) ~= "string" or not utf8.len(name) or is_field(name, value) and unfit_names[name]
    then
      fail("schema{}: a field cannot be named %s", show(name))
    end
    if not is_field(name, value) and not known[name] then refuse_entry(name, value, known) end
  end
end

function constructors.schema(given)
  given = table_given(given, "schema{ name = text{} }")
  check_entries(given, prelude.options.object)
  local rule, parts = options_of("object", given, is_field), {}
  rule.fields = {}
  for _, name in ipairs(declaration.names(given)) do
    local part = rule_of(given[name])
    if part and part.on_error then
      fail("schema{}: on_error is for the whole of an event, not for the field %s", show(name))
    elseif part then
      rule.fields[#rule.fields + 1] = { name = name, rule = part }
      parts[#parts + 1] = part
    end
  end
  return prelude.make_rule("object", rule, parts)
end

for word, constructor in pairs(constructors) do prelude.globals[word] = constructor end
