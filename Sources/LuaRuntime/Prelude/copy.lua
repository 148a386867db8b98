-- Copies of values that scripts declare, so that nobody can change them afterwards: defaults of
-- fields, parameters of widgets, and what `init` answers. An empty table is a list, as in a model,
-- unless it is marked as an object.
local prelude, host = ...
local json = host.json

local DEEPEST = 64

local function copy(value, depth)
  if type(value) ~= "table" or getmetatable(value) == "binary" then return value end
  if depth == 0 then host.fail("a table is nested too deeply, or contains itself") end
  if host.is_node(value) then return copy(host.plain(value), depth) end
  local mark, result = host.mark(value), {}
  for key, part in next, value do result[key] = copy(part, depth - 1) end
  if mark == "object" then return json.object(result) end
  if mark == "array" or next(result) == nil then return json.array(result) end
  return result
end

--- A copy of a value that has a form in JSON. Raises when it is nested more than 64 deep.
function prelude.copy(value) return copy(value, DEEPEST) end
