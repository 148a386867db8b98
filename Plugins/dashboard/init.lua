-- Numbers that move: a timer feeds a model, and the page draws its chart from it.
--
--   the model "now"    { viewers, paused, speed, samples = 60 numbers from 0 to 100, alerts = { … } }
--   pause              stops or goes on, for everybody
--   change             from the field "speed": samples a second

local SHOWN, LOUD = 60, 85

local Dashboard = {}

local now = perigee.model("now", {
  viewers = 0, paused = false, speed = 2, samples = {}, alerts = {}, least = 0, most = 0,
}, { read = true })

local function next_sample()
  local last = now.samples[#now.samples] or 50
  local value = last + math.random(-12, 12)
  return math.max(2, math.min(98, value))
end

local function record(value)
  now.samples:push(value)
  if #now.samples > SHOWN then now.samples:shift() end
  if value >= LOUD and #now.samples > 1 and now.samples[#now.samples - 1] < LOUD then
    now.alerts:unshift { at = os.date("!%H:%M:%S"), value = value }
    if #now.alerts > 5 then now.alerts:pop() end
  end
  now.least = math.min(table.unpack(perigee.plain(now.samples)))
  now.most = math.max(table.unpack(perigee.plain(now.samples)))
end

local function feed()
  if not now.paused then record(next_sample()) end
  perigee.after(1 / now.speed, feed)
end

if #now.samples == 0 then
  for _ = 1, SHOWN do record(next_sample()) end
end
perigee.after(1, feed)

function Dashboard:on_connect() now.viewers = now.viewers + 1 end

function Dashboard:on_disconnect() now.viewers = now.viewers - 1 end

function Dashboard:on_pause() now.paused = not now.paused end

function Dashboard:on_change(change)
  local speed = change.field == "speed" and math.tointeger(tonumber(change.value))
  if not speed or speed < 1 or speed > 10 then return false, "From 1 to 10 samples a second." end
  now.speed = speed
end

return Dashboard
