-- Models as scripts declare them: tables whose changes reach every page. A declaration belongs to
-- its generation; the data is a record's, see records.lua.
local prelude, host = ...
local check, generation = prelude.check, prelude.generation

local LONGEST_NAME = 64
local MOST_HISTORY = 1000000
-- How long one of many is kept that nobody reads.
local IDLE_SECONDS = 600
local options_of = { read = true, key = true, persist = true, history = true, idle = true }

local function key_of(value)
  if math.type(value) == "integer" then return tostring(value) end
  check(type(value) == "string", "the key of a model is a text, not a %s", type(value))
  return value
end

-- What a script gets for a model with keys.
local function keyed_handle(declaration)
  return setmetatable({}, {
    __metatable = false, __name = "models",
    __index = function(_, key) return prelude.instance(declaration, key_of(key)).root end,
    __newindex = function(_, key, value)
      check(value == nil, "a model with keys makes its values itself; assign to their fields")
      prelude.forget_instance(declaration, key_of(key))
    end,
    __pairs = function() return prelude.each_key(declaration) end,
  })
end

local function check_options(name, options)
  check(type(options) == "table", "the options of the model %q are a table, not a %s", name,
    type(options))
  for option in pairs(options) do
    check(options_of[option],
      "a model has the options read, key, persist, history and idle, but no %s", tostring(option))
  end
  local read, key, history, idle = options.read, options.key, options.history, options.idle
  check(read == nil or read == true or type(read) == "function",
    "read is a function or true, not a %s", type(read))
  check(key == nil or type(key) == "function", "key is a function, not a %s", type(key))
  check(history == nil or math.type(history) == "integer" and history >= 0
    and history <= MOST_HISTORY, "history is a whole number from 0 to %d", MOST_HISTORY)
  check(idle == nil or type(idle) == "number" and idle > 0, "idle is a number of seconds")
end

local function declare(name, initial, options)
  local keyed = type(initial) == "function"
  check(keyed or not options.key and not options.idle,
    "key and idle are for models that begin with a function")
  local declaration = { name = name, namespace = host.loading(), keyed = keyed, initial = initial,
    read = options.read, key = options.key, persist = options.persist and true or nil,
    history = options.history, idle = options.idle or keyed and IDLE_SECONDS or nil,
    place = host.where() }
  generation.loading[name] = declaration
  return declaration
end

function prelude.perigee.model(name, initial, options)
  options = options or {}
  check(generation.loading and host.loading(), "models are declared while the script is loaded")
  check(host.workers() == 1,
    "models live in one worker, and this app has %d: let app.toml say workers = 1, or use perigee.shared",
    host.workers())
  check(type(name) == "string" and #name <= LONGEST_NAME and name:find("^[%a_][%w_%-]*$"),
    "the name of a model is a letter and then letters, digits, _ or -, at most %d", LONGEST_NAME)
  check(not generation.loading[name], "there is a model %q already, declared at %s", name,
    generation.loading[name] and generation.loading[name].place:gsub(": $", "") or "")
  check(type(initial) == "table" or type(initial) == "function",
    "the model %q begins as a table or a function that returns one, not as a %s", name,
    type(initial))
  check_options(name, options)
  local declaration = declare(name, initial, options)
  if declaration.keyed then return keyed_handle(declaration) end
  local channel = "model:" .. name
  local record = prelude.record_of(channel)
  if record then
    prelude.adopt_record(record, declaration, initial)
  else
    record = prelude.new_record(declaration, channel, name, initial)
  end
  return record.root
end

-- Reads better for models with keys.
prelude.perigee.models = prelude.perigee.model

function prelude.perigee.plain(value) return host.plain(value) end

-- Loads

function prelude.begin(values) prelude.begin_records(values) end

function prelude.serve() prelude.serve_records() end

function prelude.served() generation.load = nil end

function prelude.abandon()
  if generation.load then prelude.abandon_records() end
end

function prelude.manifest()
  local models = host.json.array {}
  for name, declaration in pairs(generation.loading) do
    models[#models + 1] = { name = name, namespace = declaration.namespace,
      keyed = declaration.keyed }
  end
  table.sort(models, function(a, b) return a.name < b.name end)
  return { models = models, widgets = host.json.array {}, schemas = host.json.array {} }
end
