-- What the load generator's scenarios talk to: an ack that repeats its arguments, and one channel.
local Bench = {}

function Bench:on_echo(...)
  return ...
end

function Bench:subscribe_fan() end

function Bench:on_publish(message)
  self:publish("fan", message)
end

return Bench
