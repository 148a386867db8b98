-- Rooms, channels, and the ways of refusing them.
local Lounge = {}

function Lounge:on_join(room)
  self:join(room)
  return self:rooms()
end

function Lounge:on_part(room)
  self:leave(room)
  return true
end

function Lounge:on_tell(room, text)
  self:to(room):emit("told", room, text)
  return true
end

function Lounge:on_tell_both(first, second, text)
  self:to(first, second):emit("told", "both", text)
  return true
end

function Lounge:on_tell_except(room, excluded, text)
  self:to(room):except(excluded):emit("told", room, text)
  return true
end

function Lounge:on_shout(text)
  self:broadcast("shouted", text)
  return true
end

function Lounge:subscribe_news() end

function Lounge:subscribe_alias(name)
  return "alias-" .. name
end

function Lounge:subscribe_club()
  return false
end

function Lounge:on_announce(channel, message)
  self:publish(channel, message)
  return true
end

return Lounge
