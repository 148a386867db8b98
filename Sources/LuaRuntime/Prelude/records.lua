-- Records: the data behind models, which survives reloads. node_commit.c publishes what changes in
-- them and reads the fields namespace, channel and persist; it sets text (nil when the cached
-- snapshot no longer holds), length and unkept. model.lua declares them, readers.lua shows them.
local prelude, host = ...

local MOST_MODELS = 10000
local LONGEST_CHANNEL = 256
local SWEEP_SECONDS = 10

local records = {}  -- by channel
local count = 0
local kept = {}     -- stored values that no record has yet, JSON text by name
local next_sweep, sweep_seconds = 0, SWEEP_SECONDS  -- when and how often to look for what is idle

-- What generations declare, by name, and the load that is under way:
--   created: its new records; owners: the declarations that the others had; before: what served.
local generation = { serving = {}, loading = nil, load = nil }
prelude.generation = generation

prelude.commit = host.commit
prelude.reset = host.reset

--- Raises at the script's line unless the condition holds.
function prelude.check(condition, message, ...)
  if not condition then host.fail(message:format(...)) end
end
local check = prelude.check

function prelude.record_of(channel) return records[channel] end

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

--- A record whose data is what was stored, or else what `initial` is.
function prelude.new_record(declaration, channel, name, initial)
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
  if generation.load then
    table.insert(generation.load.created, record)
  else
    kept[name] = nil
  end
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

--- Lets the declaration of another generation take a record over.
function prelude.adopt_record(record, declaration, initial)
  record.declaration, record.namespace = declaration, declaration.namespace
  record.persist = declaration.persist
  add_missing(record.root, initial)
  set_history(declaration, record.channel)
end

--- The value of a record as JSON text. What has changed must have been committed.
function prelude.snapshot_of(record)
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
  local used = false
  for client in pairs(record.readers) do
    if host.is_present(client) then used = true else record.readers[client] = nil end
  end
  return used
end

--- Forgets what nobody has looked at for long. A persistent value waits as text for its next use.
function prelude.sweep(now)
  if now < next_sweep or generation.loading then return end
  next_sweep = now + sweep_seconds
  host.commit()
  for _, record in pairs(records) do
    local idle = record.declaration.idle
    if idle and in_use(record) then
      record.used = now
    elseif idle and now - record.used > idle then
      if record.persist then
        kept[record.name] = prelude.snapshot_of(record)
      else
        host.renew(record)  -- positions from before lead to another value
      end
      drop_record(record)
    end
  end
end

--- The record for a key, made on first use. May wait where the function of the model does.
function prelude.instance(declaration, key)
  local channel = check_channel(declaration, key)
  local record = records[channel]
  local now = host.monotonic()
  if not record or record.declaration ~= declaration then
    local initial = declaration.initial(key)
    check(type(initial) == "table", "the function of the model %q must return a table, not a %s",
      declaration.name, type(initial))
    record = records[channel]  -- the function may have waited
    local current = (generation.loading or generation.serving)[declaration.name] == declaration
    if not record then
      prelude.sweep(now)
      record = prelude.new_record(declaration, channel, declaration.name .. ":" .. key, initial)
    elseif record.declaration ~= declaration and current then
      prelude.adopt_record(record, declaration, initial)
    end
  end
  record.used = now
  return record
end

--- Forgets the value for a key.
function prelude.forget_instance(declaration, key)
  local record = records[check_channel(declaration, key)]
  if not record then return end
  host.renew(record)
  drop_record(record)
  kept[record.name] = nil
  if record.persist then host.keep(record.name, "") end
end

--- Walks through the keys that are in use.
function prelude.each_key(declaration)
  local keys, prefix = {}, "model:" .. declaration.name .. ":"
  for channel, record in pairs(records) do
    if channel:sub(1, #prefix) == prefix then keys[channel:sub(#prefix + 1)] = record.root end
  end
  return next, keys, nil
end

-- Loads

--- Begins a load with stored values by name.
function prelude.begin_records(values)
  local load = { created = {}, owners = {}, before = generation.serving }
  generation.load, generation.loading = load, {}
  for name, text in pairs(values) do
    if not kept[name] then kept[name] = text end
  end
  for _, record in pairs(records) do
    kept[record.name] = nil
    load.owners[record] = record.declaration
  end
end

--- The declarations of the load are those that serve. Nothing here can fail.
function prelude.serve_records()
  for _, record in ipairs(generation.load.created) do kept[record.name] = nil end
  generation.serving, generation.loading = generation.loading, nil
  sweep_seconds = SWEEP_SECONDS
  for _, declaration in pairs(generation.serving) do
    sweep_seconds = math.min(sweep_seconds, declaration.idle or SWEEP_SECONDS)
  end
end

--- Takes back what the load has done to records.
function prelude.abandon_records()
  local load = generation.load
  host.rollback()
  for _, record in ipairs(load.created) do drop_record(record) end
  for record, declaration in pairs(load.owners) do
    record.declaration, record.namespace = declaration, declaration.namespace
    record.persist = declaration.persist
  end
  generation.serving, generation.loading, generation.load = load.before, nil, nil
end

-- Storage

function prelude.keep()
  for _, record in pairs(records) do
    if record.unkept then
      host.keep(record.name, prelude.snapshot_of(record))
      record.unkept = nil
    end
  end
end
