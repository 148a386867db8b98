-- What the load generator's scenarios talk to: an ack that repeats its arguments, one channel
-- for all, and channels by their names.
local Bench = {}

function Bench:on_echo(...)
  return ...
end

function Bench:subscribe_fan() end

function Bench:on_publish(message)
  self:publish("fan", message)
end

function Bench:on_join(channel)
  self:subscribe(channel)
  return true
end

function Bench:on_say(channel, message)
  self:publish(channel, message)
end

return Bench
