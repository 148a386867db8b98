-- Forms of text that schemas know by name, each the same as in schema.js: whitespace, numbers,
-- e-mail and web addresses. Letters are those of ASCII, and every search takes time linear in the
-- length of its text.
local prelude = ...
local formats = {}
prelude.formats = formats

local LONGEST_NUMBER = 64

--- The text without space, tab, newline, vertical tab, form feed and return at either end.
function formats.trim(text)
  local first = text:find("[^ \t-\r]")
  if not first then return "" end
  local last = #text
  while text:find("^[ \t-\r]", last) do last = last - 1 end
  return text:sub(first, last)
end

--- The number that a text stands for, or nil: a sign, digits, a fraction, an exponent, and all but
--- some digits may be left out.
function formats.number(text)
  if #text > LONGEST_NUMBER then return nil end
  local mantissa = text:gsub("[eE][+-]?%d+$", "")
  if not mantissa:find("^[+-]?%d+%.?%d*$") and not mantissa:find("^[+-]?%.%d+$") then return nil end
  return tonumber(text)
end

--- Tests of whole texts, by the names that the option `like` takes.
formats.like = {
  digits = function(text) return text:find("^[0-9]+$") ~= nil end,
  word = function(text) return text:find("^[A-Za-z0-9_]+$") ~= nil end,
  slug = function(text)
    return text:find("^[a-z0-9][a-z0-9-]*$") ~= nil and not text:find("%-%-")
      and text:sub(-1) ~= "-"
  end,
  url = function(text)
    return text:find('^[Hh][Tt][Tt][Pp][Ss]?://[^%c "<>\\^`{|}/?#][^%c "<>\\^`{|}]*$') ~= nil
  end,
}

--- Whether a text has the form of an e-mail address: a name, @, and a domain of two parts or more.
function formats.email(text)
  local domain = text:match('^[^%c "(),:;<>@%[\\%]]+@([^%c "(),:;<>@%[\\%]]+)$')
  return domain ~= nil and domain:find(".", 1, true) ~= nil and not domain:find("..", 1, true)
    and domain:sub(1, 1) ~= "." and domain:sub(-1) ~= "."
end
