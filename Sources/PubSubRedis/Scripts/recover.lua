-- Reads what is kept of a channel after a position, a page of it.
--
-- KEYS: the pair of the channel.
-- ARGV: epoch, run; the epoch and the offset of the position, both empty to ask only where the channel
-- stands; how many count as kept and for how many milliseconds, both empty for all.
-- Answers the channel's epoch and offset, whether all after the position is kept (1) or not (0), and the
-- ids and bytes of the first publications of it.

local channel = open(KEYS[1], KEYS[2])
if channel.failure then return channel.failure end
if channel.isNew then save(channel) end
if redis.call('PTTL', channel.state) < idle then redis.call('PEXPIRE', channel.state, idle) end

local epoch, since = ARGV[3], tonumber(ARGV[4])
local messages, age = tonumber(ARGV[5]), tonumber(ARGV[6])

local function answer(isRecovered)
  return { channel.epoch, channel.offset, isRecovered }
end

if not since or (epoch == channel.epoch and since == channel.offset) then return answer(1) end
if epoch ~= channel.epoch or since > channel.offset
  or (messages and channel.offset - since > messages) then
  return answer(0)
end

local pageCount, pageBytes = 1024, 1024 * 1024
local page, bytes, after = answer(1), 0, since
repeat
  local entries = redis.call('XRANGE', channel.stream, (after + 1) .. '-0', '+', 'COUNT', 32)
  for _, entry in ipairs(entries) do
    local offset, time = entry[1]:match('^(%d+)-(%d+)$')
    if after == since and (tonumber(offset) ~= since + 1 or age and tonumber(time) <= now - age) then
      return answer(0)
    end
    after = tonumber(offset)
    page[#page + 1], page[#page + 2] = entry[1], entry[2][2]
    bytes = bytes + #entry[2][2]
  end
until #entries == 0 or after >= channel.offset or bytes >= pageBytes or #page > 2 * pageCount
if after == since then return answer(0) end
return page
