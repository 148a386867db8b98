-- What is wrong with a declaration, said at the line of the script that made it.
-- The constructors of schemas, guards and widgets ask here while a script loads. Nothing here looks
-- at what peers send.
local prelude, host = ...
local declaration = {}
prelude.declaration = declaration

--- Raises the message, formatted, at the script's line.
function declaration.fail(message, ...) host.fail(message:format(...)) end

-- How many letters to add, drop or change to make `b` of `a`.
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local above = row[j]
      local changed = diagonal + (a:byte(i) == b:byte(j) and 0 or 1)
      row[j] = math.min(above + 1, row[j - 1] + 1, changed)
      diagonal = above
    end
  end
  return row[#b]
end

--- The known name that `name` is most likely meant to be, or nil.
function declaration.nearest(name, known)
  local best, least = nil, math.max(1, #name // 3) + 1
  if #name > 64 then return nil end
  for _, candidate in ipairs(known) do
    local letters = distance(name, candidate)
    if letters < least then best, least = candidate, letters end
  end
  return best
end

--- The sorted names of a table's text keys.
function declaration.names(of)
  local names = {}
  for name in pairs(of) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

--- How a message about an unknown name ends: with the nearest known one, or with all of them.
function declaration.remedy(name, known)
  local near = type(name) == "string" and declaration.nearest(name, known)
  if near then return ('; did you mean "%s"?'):format(near) end
  if #known == 0 then return "; there are none" end
  return "; there are " .. table.concat(known, ", ")
end

--- Raises unless every key of `options` is in `known` and its value passes the test named there.
--- `known` gives for each option a function that answers nothing, or what the option needs to be.
function declaration.check_options(what, options, known)
  for name, value in pairs(options) do
    local test = known[name]
    if not test then
      declaration.fail('%s does not know the option %s%s', what, declaration.show(name),
        declaration.remedy(name, declaration.names(known)))
    end
    local needed = test(value)
    if needed then
      declaration.fail('%s: the option "%s" must be %s, not %s', what, name, needed,
        declaration.show(value))
    end
  end
end

--- A value as a message shows it.
function declaration.show(value)
  if type(value) == "string" then
    return #value <= 40 and ('"%s"'):format(value) or "a long text"
  end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  return value == nil and "nothing" or "a " .. type(value)
end
