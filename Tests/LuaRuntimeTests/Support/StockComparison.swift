/// Lua code that calls library functions with random arguments and answers the results as lines of
/// text, the same for the same seed in any Lua 5.4: `cases.patterns(seed, count)`, `cases.tables`.
let stockComparison = #"""
  -- Results of random pattern calls as lines of text, the same for the same seed in any Lua 5.4.
  local state
  local function random(n)
    state = (state * 6364136223846793005 + 1442695040888963407)
    return (state >> 33) % n + 1
  end
  local function pick(list) return list[random(#list)] end
  local atoms = { "a", "b", ".", "%a", "%d", "%w", "%s", "%A", "[ab]", "[^a]", "[a-c]", "[%d-]", "[]]",
    "[^]]", "%%", "%.", "(", ")", "()", "^", "$", "%b()", "%bab", "%f[a]", "%f[%W]", "%1", "%2", "-",
    "[", "%", "[a-", "]", "\0", "[%a_]", "%z", "%g", "%p", "%u", "%x", "[b-a]", "[a-%d]", "%f", "%b",
    "(a", "b)", "(.-)", "%0" }
  local repeats = { "", "", "", "*", "+", "-", "?" }
  local letters = { "a", "b", "c", "ab", "(", ")", "1", "2", " ", "-", "]", "A", "_", "\0", ".", "aa" }
  local function text(list, most)
    local parts = {}
    for i = 1, random(most) - 1 do parts[i] = pick(list) end
    return table.concat(parts)
  end
  local function pattern()
    local parts = {}
    for i = 1, random(7) - 1 do parts[i] = pick(atoms) .. pick(repeats) end
    return table.concat(parts)
  end
  local replacements = { "x", "<%0>", "%1", "%2", "%%", "%", "%a", "[%1%1]", "", 7 }
  local function show(...)
    local parts = {}
    for i = 1, select("#", ...) do
      local value = select(i, ...)
      if type(value) == "string" then value = value:gsub("^[^%s]-:%d+: ", "", 1):gsub("^bad argument #%d", "bad argument") end
      parts[i] = type(value) == "table" and "table" or string.format("%q", value)
    end
    return (table.concat(parts, ","):gsub("\n", "n"))
  end
  local function attempt(f, ...) return show(pcall(f, ...)) end
  local function all(s, p, init)
    local found = {}
    for a, b in string.gmatch(s, p, init) do
      found[#found + 1] = show(a, b)
      if #found > 50 then break end
    end
    return table.concat(found, ";")
  end
  local function patterns(seed, count)
    state = seed
    local lines = {}
    for i = 1, count do
      local s, p = text(letters, 14), pattern()
      local init = random(24) - 12
      local plain = random(8) == 1
      local replacement = pick(replacements)
      local map = { a = "1", b = false, ab = "2", [1] = "p" }
      local most = random(3) == 1 and random(5) - 2 or nil
      lines[#lines + 1] = show(s, p, init) .. " find " .. attempt(string.find, s, p, init, plain)
        .. " match " .. attempt(string.match, s, p, init)
        .. " gmatch " .. attempt(all, s, p, init)
        .. " gsub " .. attempt(string.gsub, s, p, replacement, most)
        .. " map " .. attempt(string.gsub, s, p, map, most)
        .. " call " .. attempt(string.gsub, s, p, function(a, b) return b or a end)
    end
    return table.concat(lines, "\n")
  end
  local function tables(seed, count)
    state = seed
    local lines = {}
    for i = 1, count do
      local t = {}
      for j = 1, random(12) - 1 do t[j] = random(40) end
      local a, b, c = random(16) - 3, random(16) - 3, random(16) - 3
      local u = { table.unpack(t) }
      local results = { attempt(table.concat, t, ",", random(4) == 1 and a or nil, random(4) == 1 and b or nil),
        attempt(table.insert, t, a, 99), attempt(table.remove, t, b), attempt(table.move, t, a, b, c, random(2) == 1 and {} or nil) ~= "",
        attempt(string.rep, "ab", a, random(2) == 1 and "," or nil) }
      table.sort(u)
      local v = { table.unpack(u) }
      table.sort(v, function(x, y) return x > y end)
      local keys = {}
      for k, value in pairs(t) do keys[#keys + 1] = k .. "=" .. tostring(value) end
      table.sort(keys)
      for j = 1, #results do results[j] = tostring(results[j]) end
      lines[#lines + 1] = table.concat(results, " | ") .. " -> " .. table.concat(keys, ",") .. " / "
        .. table.concat(u, ",") .. " / " .. table.concat(v, ",")
    end
    return table.concat(lines, "\n")
  end
  return { patterns = patterns, tables = tables }
  """#
