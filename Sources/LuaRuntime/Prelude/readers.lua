-- Who may read a model, and what a client gets that subscribes to one. The host calls these in the
-- event's own coroutine, so that what scripts say of their readers may wait.
local prelude, host = ...
local generation = prelude.generation

local LONGEST_KEY = 240

--- The record that a client may read, or nil and why not. May wait.
function prelude.admit_reader(self, declaration, asked)
  local key
  if declaration.keyed then
    key = asked
    if declaration.key then key = declaration.key(self, asked) end
    if math.type(key) == "integer" then key = tostring(key) end
    if type(key) ~= "string" or key == "" or not utf8.len(key)
      or #key + #declaration.name > LONGEST_KEY then
      return nil, "key"
    end
  end
  local read = declaration.read
  if type(read) == "function" and not read(self, key) then return nil, "read" end
  if generation.serving[declaration.name] ~= declaration then return nil, "reloaded" end
  if key then return prelude.instance(declaration, key) end
  return prelude.record_of("model:" .. declaration.name)
end

local function parse_channel(channel)
  local name, key = channel:match("^model:([^:]+):?(.*)$")
  return name and generation.serving[name], key ~= "" and key or nil
end

function prelude.subscribe(self, channel, asked)
  local declaration, key = parse_channel(channel)
  if not declaration or declaration.namespace ~= self.namespace then return nil end
  if key and not declaration.keyed then return nil end
  if asked == host.json.null then asked = nil end
  local record = prelude.admit_reader(self, declaration, key or asked)
  if not record then return false end
  if declaration.idle then
    record.readers[host.client(self)] = true
    prelude.sweep(host.monotonic())
  end
  return record.channel
end

function prelude.unsubscribe(self, channel)
  local record = prelude.record_of(channel)
  if record then record.readers[host.client(self)] = nil end
end

function prelude.snapshot(channel)
  local record = prelude.record_of(channel)
  if not record then return nil end
  host.commit()
  return prelude.snapshot_of(record)
end
