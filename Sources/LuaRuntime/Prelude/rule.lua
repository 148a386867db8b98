-- Rules, as scripts hold them and as this prelude sees them. A rule never changes once it is made.
-- A script holds it by an empty table with two methods; the contents are in `rules`, out of reach.
-- schema.lua makes them; guard.lua and widget.lua ask for them with `prelude.rule_of`.
local prelude, host = ...
local fail = prelude.declaration.fail

local DEEPEST = 32

local rules = setmetatable({}, { __mode = "k" })
local methods = {}
local class = {
  __index = methods,
  __metatable = false,
  __name = "rule",
  __newindex = function() fail("a rule cannot be changed; declare another one") end,
}

-- What the constructors are called in scripts, where that is not the kind.
local words = { object = "schema" }

--- What a script writes for a rule of the kind, such as "text{}".
function prelude.word_of(kind) return (words[kind] or kind) .. "{}" end

--- The rule behind a value of a script, or nil.
function prelude.rule_of(value) return type(value) == "table" and rules[value] or nil end

local function handle_of(rule)
  local handle = setmetatable({}, class)
  rules[handle] = rule
  return handle
end

local function check_depth(rule, parts)
  rule.depth = 1
  for _, part in ipairs(parts) do rule.depth = math.max(rule.depth, part.depth + 1) end
  if rule.depth > DEEPEST then fail("a schema may be nested %d deep", DEEPEST) end
end

local function check_default(rule)
  local good, problem = pcall(prelude.copy, rule.default)
  if not good then
    fail("%s: the default cannot be written as JSON: %s", prelude.word_of(rule.kind), problem)
  end
  local cleaned, failed = prelude.clean_default(rule)
  if failed then
    if type(failed) == "table" then failed = "is not valid within" end
    fail("%s: the default %s", prelude.word_of(rule.kind), failed)
  end
  rule.default = cleaned
end

--- The handle of a new rule. `rule` holds its checked options, `parts` the rules it is made of.
function prelude.make_rule(kind, rule, parts)
  rule.kind, rule.place = kind, host.where()
  rule.trim = kind ~= "any" and rule.trim ~= false
  rule.checks, rule.check = rule.check and { rule.check }, nil
  check_depth(rule, parts)
  if rule.min and rule.max and rule.min > rule.max then
    fail("%s: min (%s) is more than max (%s)", prelude.word_of(kind), rule.min, rule.max)
  end
  if rule.default ~= nil then check_default(rule) end
  return handle_of(rule)
end

--- The same rule with one more check function.
function methods:check(test)
  local rule = rules[self]
  if not rule or type(test) ~= "function" then
    fail("write schema{ … }:check(function(value) return good, message end)")
  end
  local copy, checks = {}, rule.checks or {}
  for name, value in pairs(rule) do copy[name] = value end
  copy.checks = table.move(checks, 1, #checks, 1, {})
  copy.checks[#checks + 1] = test
  return handle_of(copy)
end

--- Validates any value: the cleaned one, or nil and the errors. May wait where a check does.
function methods:validate(value, context)
  local rule = rules[self]
  if not rule then fail("call it with a colon: rule:validate(value)") end
  return prelude.validate(rule, value, context)
end
