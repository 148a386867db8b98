-- Gives publications of one node their places: all of a call, or, when the server goes down, none.
--
-- KEYS: what is known of the node; a pair for each channel.
-- ARGV: epoch, run, the number of channels; for each channel the name that it is heard under, how many
-- are kept and for how many milliseconds; for each publication its channel, its serial and its bytes.
-- Answers the epochs of the channels, and for each publication its offset, EPOCH:OFFSET when it was
-- there already, or an error.

local node, count = KEYS[1], tonumber(ARGV[3])
local known = redis.call('HMGET', node, 'last', 'expiry')
local last, nodeExpiry = tonumber(known[1] or 0), tonumber(known[2] or 0)

-- As many places are remembered as a node may have sent without an answer.
local window = 4096

local function again(serial)
  local place = redis.call('HGET', node, serial % window)
  if place then
    local which, position = place:match('^(%d+):(.*)$')
    if tonumber(which) == serial then return position end
  end
  return { err = 'ERR it was given up before' }
end

local channels, epochs = {}, {}
for index = 1, count do
  local channel = open(KEYS[2 * index], KEYS[2 * index + 1])
  local at = 3 * index + 1
  channel.name = ARGV[at]
  channel.messages, channel.age = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  channel.added = {}
  channels[index], epochs[index] = channel, channel.epoch or ''
end

local places, greatest = {}, last

local function keep(channel, serial, bytes)
  if channel.failure then return channel.failure end
  local offset = channel.offset + 1
  local id = redis.pcall('XADD', channel.stream, offset .. '-' .. channel.time, 'p', bytes)
  if type(id) == 'table' then return id end
  channel.offset = offset
  channel.added[#channel.added + 1] = bytes
  places[#places + 1] = serial % window
  places[#places + 1] = serial .. ':' .. channel.epoch .. ':' .. offset
  return offset
end

local answers = {}
for at = 4 + 3 * count, #ARGV, 3 do
  local serial = tonumber(ARGV[at + 1])
  if serial <= last then
    answers[#answers + 1] = again(serial)
  else
    answers[#answers + 1] = keep(channels[tonumber(ARGV[at])], serial, ARGV[at + 2])
    greatest = serial
  end
end

-- Finds where what is young enough begins, by halving: what is kept is in the order of its times.
local function trimByAge(channel)
  local low, high = 1, channel.offset + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    local entry = redis.call('XRANGE', channel.stream, middle .. '-0', '+', 'COUNT', 1)[1]
    local offset, time = (entry and entry[1] or ''):match('^(%d+)-(%d+)$')
    if time and tonumber(time) <= now - channel.age then
      low = tonumber(offset) + 1
    else
      high = middle
    end
  end
  redis.call('XTRIM', channel.stream, 'MINID', low .. '-0')
end

local function settle(channel)
  local extends = channel.expiry < now + channel.age
  if extends then channel.expiry = now + channel.age + math.max(math.floor(channel.age / 4), 60000) end
  if now >= channel.check then
    trimByAge(channel)
    channel.check = now + math.max(math.floor(channel.age / 8), 1000)
  end
  if channel.offset > channel.messages then
    redis.call('XTRIM', channel.stream, 'MAXLEN', channel.messages)
  end
  save(channel)
  if extends then
    redis.call('PEXPIREAT', channel.stream, channel.expiry)
    redis.call('PEXPIREAT', channel.state, channel.expiry + idle)
  end
  local first = channel.offset - #channel.added + 1
  redis.call('PUBLISH', channel.name,
    channel.epoch .. ':' .. first .. '\n' .. table.concat(channel.added))
end

for _, channel in ipairs(channels) do
  if channel.added[1] then settle(channel) end
end
if places[1] then
  redis.call('HSET', node, 'last', greatest, unpack(places))
  if nodeExpiry < now + idle / 2 then
    redis.call('HSET', node, 'expiry', now + idle)
    redis.call('PEXPIREAT', node, now + idle)
  end
end
return { epochs, answers }
