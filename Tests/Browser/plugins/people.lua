local People = {}

function People:on_enter(channel, key, meta)
  self:track(channel, key, meta)
  return true
end

function People:on_quit(channel)
  self:untrack(channel)
  return true
end

return People
