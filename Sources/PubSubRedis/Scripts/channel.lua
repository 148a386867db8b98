-- What the scripts have in common: where a channel stands. It is placed before each of them.
--
-- KEYS are in pairs for a channel: a hash that says where it stands, and a stream of what is kept, whose
-- entries have the ids OFFSET-MILLISECONDS. ARGV begins with a new epoch for channels that have none, and
-- the run of the server, empty when a run loses nothing that the one before it has kept. What was kept
-- in another run that may lose something is not trusted.

local fresh, run = ARGV[1], ARGV[2]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- How long a channel's position outlives what is kept of it, in milliseconds.
local idle = 60 * 60 * 1000

local function begin(channel)
  if redis.call('EXISTS', channel.stream) == 1 then redis.call('DEL', channel.stream) end
  channel.epoch, channel.offset, channel.time, channel.expiry, channel.check = fresh, 0, now, 0, 0
  channel.run, channel.isNew = run, true
  return channel
end

local function open(state, stream)
  local channel = { state = state, stream = stream }
  local fields = redis.pcall('HMGET', state, 'epoch', 'offset', 'time', 'expiry', 'check', 'run')
  if fields.err then
    channel.failure = fields
    return channel
  end
  if not fields[1] or (run ~= '' and fields[6] ~= run) then return begin(channel) end
  channel.epoch, channel.offset = fields[1], tonumber(fields[2])
  -- The clock may have been set back; what was kept later must not look older.
  channel.time = math.max(now, tonumber(fields[3]))
  channel.expiry, channel.check, channel.run = tonumber(fields[4]), tonumber(fields[5]), fields[6]
  return channel
end

local function save(channel)
  redis.call('HSET', channel.state, 'epoch', channel.epoch, 'offset', channel.offset,
    'time', channel.time, 'expiry', channel.expiry, 'check', channel.check, 'run', channel.run)
end
