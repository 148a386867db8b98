-- Models: tables of an app whose changes reach every page. What a script declares is a declaration of
-- its generation; the data behind it is a record, which survives reloads. node_commit.c publishes the
-- changes and reads these fields of a record: namespace, channel, persist; it sets text (nil when the
-- cached snapshot no longer holds), length, unkept.
local prelude, host = ...

local MOST_MODELS = 10000
local LONGEST_NAME = 64
local LONGEST_CHANNEL = 256
local MOST_HISTORY = 1000000
local options_of = { read = true, key = true, persist = true, history = true, idle = true }

local records = {}      -- by channel
local count = 0
local kept = {}         -- stored values that no record has yet, JSON text by name
local serving = {}      -- declarations by name
local loading           -- those of the generation on its way in; nil: none is
local before            -- what to return to when it fails
local gated = {}        -- namespaces whose scripts look at their clients first
local next_sweep = 0

prelude.commit = host.commit
prelude.reset = host.reset

local function check(condition, message, ...)
  if not condition then host.fail(message:format(...)) end
end

-- Records

-- The root that was stored for a record, or nil.
local function restore(record)
  local text = kept[record.name]
  local good, value = pcall(host.json.decode, text)
  if good then good, value = pcall(host.root, value, record) end
  if good then return value end
  host.log(3, ("the stored value of the model %s is not usable, and it begins anew: %s"):format(
    record.name, tostring(value)))
end

local function add_missing(root, initial)
  for name, value in pairs(initial) do
    if root[name] == nil then root[name] = value end
  end
end

local function set_history(declaration, channel)
  if declaration.history then
    host.history(declaration.namespace, channel, declaration.history)
  end
end

-- A record whose data is what was stored, or else what `initial` is.
local function new_record(declaration, channel, name, initial)
  check(count < MOST_MODELS, "an app has at most %d models", MOST_MODELS)
  local record = { channel = channel, namespace = declaration.namespace, name = name,
    persist = declaration.persist, declaration = declaration, readers = {}, used = 0 }
  record.root = kept[name] and restore(record)
  if record.root then
    add_missing(record.root, initial)
  else
    record.root = host.root(initial, record)
  end
  records[channel], count = record, count + 1
  if loading then before.created[#before.created + 1] = record else kept[name] = nil end
  set_history(declaration, channel)
  return record
end

-- Who still holds its root may change it, but nobody learns of it any more.
local function drop_record(record)
  if records[record.channel] == record then
    records[record.channel], count = nil, count - 1
    record.channel = false
  end
end

-- Lets the declaration of another generation take a record over.
local function adopt(record, declaration, initial)
  record.declaration, record.namespace = declaration, declaration.namespace
  record.persist = declaration.persist
  add_missing(record.root, initial)
  set_history(declaration, record.channel)
end

-- The value of a record as JSON text. What has changed must have been committed.
local function snapshot_of(record)
  record.text = record.text or host.json.encode(record.root)
  return record.text
end

-- Keyed models

local function check_channel(declaration, key)
  local channel = "model:" .. declaration.name .. ":" .. key
  check(#key > 0 and #channel <= LONGEST_CHANNEL and utf8.len(key),
    "the key of a model is a text of at most %d bytes", LONGEST_CHANNEL - #channel + #key)
  return channel
end

local function in_use(record)
  for client in pairs(record.readers) do
    if host.is_present(client) then return true end
    record.readers[client] = nil
  end
  return false
end

-- Forgets what nobody has looked at for long. A persistent value waits as text for its next use.
local function sweep(now)
  next_sweep = now + 10
  for _, record in pairs(records) do
    local idle = record.declaration.idle
    if idle and now - record.used > idle and not in_use(record) then
      if record.persist then kept[record.name] = snapshot_of(record) end
      drop_record(record)
    end
  end
end

local function instance(declaration, key)
  local channel = check_channel(declaration, key)
  local record = records[channel]
  local now = host.monotonic()
  if not record or record.declaration ~= declaration then
    local initial = declaration.initial(key)
    check(type(initial) == "table", "the function of the model %q must return a table, not a %s",
      declaration.name, type(initial))
    record = records[channel]  -- the function may have waited
    local current = (loading or serving)[declaration.name] == declaration
    if not record then
      if now > next_sweep and not loading then host.commit() sweep(now) end
      record = new_record(declaration, channel, declaration.name .. ":" .. key, initial)
    elseif record.declaration ~= declaration and current then
      adopt(record, declaration, initial)
    end
  end
  record.used = now
  return record
end

local function key_of(value)
  if math.type(value) == "integer" then return tostring(value) end
  check(type(value) == "string", "the key of a model is a text, not a %s", type(value))
  return value
end

local function forget(declaration, key)
  local record = records[check_channel(declaration, key)]
  if not record then return end
  drop_record(record)
  kept[record.name] = nil
  if record.persist then host.keep(record.name, "") end
end

-- Walks through the keys that are in use.
local function each_key(declaration)
  local keys, prefix = {}, "model:" .. declaration.name .. ":"
  for channel, record in pairs(records) do
    if channel:sub(1, #prefix) == prefix then keys[channel:sub(#prefix + 1)] = record.root end
  end
  return next, keys, nil
end

-- What a script gets for a model with keys.
local function keyed_handle(declaration)
  return setmetatable({}, {
    __metatable = false, __name = "models",
    __index = function(_, key) return instance(declaration, key_of(key)).root end,
    __newindex = function(_, key, value)
      check(value == nil, "a model with keys makes its values itself; assign to their fields")
      forget(declaration, key_of(key))
    end,
    __pairs = function() return each_key(declaration) end,
  })
end

-- Declarations

local function check_options(name, options)
  check(type(options) == "table", "the options of the model %q are a table, not a %s", name,
    type(options))
  for option in pairs(options) do
    check(options_of[option], "a model has the options read, key, persist, history and idle, but no %s",
      tostring(option))
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
    history = options.history, idle = options.idle, place = host.where() }
  loading[name] = declaration
  return declaration
end

function prelude.perigee.model(name, initial, options)
  options = options or {}
  check(loading and host.loading(), "models are declared while the script is loaded")
  check(type(name) == "string" and #name <= LONGEST_NAME and name:find("^[%a_][%w_%-]*$"),
    "the name of a model is a letter and then letters, digits, _ or -, at most %d", LONGEST_NAME)
  check(not loading[name], "there is a model %q already, declared at %s", name,
    loading[name] and loading[name].place:gsub(": $", "") or "")
  check(type(initial) == "table" or type(initial) == "function",
    "the model %q begins as a table or a function that returns one, not as a %s", name,
    type(initial))
  check_options(name, options)
  local declaration = declare(name, initial, options)
  if declaration.keyed then return keyed_handle(declaration) end
  local channel = "model:" .. name
  local record = records[channel]
  if record then
    adopt(record, declaration, initial)
  else
    record = new_record(declaration, channel, name, initial)
  end
  return record.root
end

-- Reads better for models with keys.
prelude.perigee.models = prelude.perigee.model

function prelude.perigee.plain(value) return host.plain(value) end

-- Loads

function prelude.begin(values)
  before = { serving = serving, gated = gated, created = {}, owners = {} }
  loading, gated = {}, {}
  for name, text in pairs(values) do
    if not kept[name] then kept[name] = text end
  end
  for channel, record in pairs(records) do
    kept[record.name] = nil
    before.owners[record] = record.declaration
  end
end

function prelude.declare(handlers, globals, namespace)
  gated[namespace] = handlers.on_connect ~= nil or handlers.middleware ~= nil
    or rawget(globals, "on_connect") ~= nil or rawget(globals, "middleware") ~= nil
end

function prelude.serve()
  for _, record in ipairs(before.created) do kept[record.name] = nil end
  serving, loading = loading, nil
end

function prelude.served() before = nil end

function prelude.abandon()
  if not before then return end
  host.rollback()
  for _, record in ipairs(before.created) do drop_record(record) end
  for record, declaration in pairs(before.owners) do
    record.declaration, record.namespace = declaration, declaration.namespace
    record.persist = declaration.persist
  end
  serving, gated, loading, before = before.serving, before.gated, nil, nil
end

function prelude.manifest()
  local models = host.json.array {}
  for name, declaration in pairs(loading) do
    models[#models + 1] = { name = name, namespace = declaration.namespace,
      keyed = declaration.keyed }
  end
  table.sort(models, function(a, b) return a.name < b.name end)
  return { models = models, widgets = host.json.array {}, schemas = host.json.array {} }
end

-- Readers

-- The record that a client may read, or nil and why not. May wait.
local function admit(self, declaration, asked)
  local key
  if declaration.keyed then
    key = asked
    if declaration.key then key = declaration.key(self, asked) end
    if math.type(key) == "integer" then key = tostring(key) end
    if type(key) ~= "string" or key == "" or not utf8.len(key)
      or #key + #declaration.name > LONGEST_CHANNEL - 7 then
      return nil, "key"
    end
  end
  local read = declaration.read
  if type(read) == "function" and not read(self, key) then return nil, "read" end
  if serving[declaration.name] ~= declaration then return nil, "reloaded" end
  if key then return instance(declaration, key) end
  return records["model:" .. declaration.name]
end

local function parse_channel(channel)
  local name, key = channel:match("^model:([^:]+):?(.*)$")
  return name and serving[name], key ~= "" and key or nil
end

function prelude.subscribe(self, channel, asked)
  local declaration, key = parse_channel(channel)
  if not declaration or declaration.namespace ~= self.namespace then return nil end
  if key and not declaration.keyed then return nil end
  if asked == host.json.null then asked = nil end
  local record = admit(self, declaration, key or asked)
  if not record then return false end
  record.readers[host.client(self)] = true
  return record.channel
end

function prelude.unsubscribe(self, channel)
  local record = records[channel]
  if record then record.readers[host.client(self)] = nil end
end

function prelude.snapshot(channel)
  local record = records[channel]
  if not record then return nil end
  host.commit()
  return snapshot_of(record)
end

-- Pages

local function is_rejection(value) return getmetatable(value) == "rejection" end

local function report(message)
  return is_rejection(message) and message or debug.traceback(tostring(message), 2)
end

-- Calls what a script wrote so that a failure concerns one part of the page only.
local function attempt(self, f, ...)
  local results = table.pack(xpcall(f, report, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  if is_rejection(results[2]) then return nil, tostring(results[2]) end
  host.log(3, results[2])
  return nil, "internal_error"
end

local function admit_page(self, need)
  local declaration = serving[need.name]
  if not declaration then return nil, "unknown" end
  if declaration.read == nil and gated[declaration.namespace] then return nil, "connect" end
  local asked = need.key
  if asked == host.json.null then asked = nil end
  return attempt(self, admit, self, declaration, asked)
end

local function widget_of_page(self, need)
  if not prelude.widget_data then return '{"error":"unknown"}' end
  local data, message = attempt(self, prelude.widget_data, self, need.name, need.params)
  if data == nil and message then return host.json.encode { error = message } end
  return '{"data":' .. host.json.encode(data == nil and host.json.object {} or data) .. "}"
end

local function model_of_page(record, refused)
  if not record then return host.json.encode { refused = refused or "read" } end
  return '{"channel":' .. host.json.encode(record.channel) .. ',"snapshot":'
    .. snapshot_of(record) .. "}"
end

function prelude.page(self, request)
  local needs = request.needs or {}
  local found, models, widgets = {}, {}, {}
  for i, need in ipairs(needs.models or {}) do found[i] = table.pack(admit_page(self, need)) end
  for i, need in ipairs(needs.widgets or {}) do widgets[i] = widget_of_page(self, need) end
  host.commit()
  for i, result in ipairs(found) do models[i] = model_of_page(result[1], result[2]) end
  return '{"models":[' .. table.concat(models, ",") .. '],"widgets":['
    .. table.concat(widgets, ",") .. "]}", 200, { ["content-type"] = "application/json" }
end

-- Storage

function prelude.keep()
  for _, record in pairs(records) do
    if record.unkept then
      host.keep(record.name, snapshot_of(record))
      record.unkept = nil
    end
  end
end
