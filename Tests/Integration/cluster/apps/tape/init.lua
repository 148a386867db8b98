-- Channels that programs publish on, signed, and clients by an event.
local Tape = {}

function Tape:subscribe_track(id)
  return "track." .. id
end

function Tape:on_say(id, message)
  self:publish("track." .. id, message)
end

return Tape
