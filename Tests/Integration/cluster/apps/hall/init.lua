-- One channel for all: what is said in the hall, and who is there.
local Hall = {}

function Hall:on_connect(auth)
  self.name = auth.name
end

function Hall:subscribe_hall()
  self:track("hall", self.name, { id = self.id })
  self:watch("hall")
end

function Hall:on_say(text)
  self:publish("hall", text)
end

Hall.routes = {
  ["GET /present"] = function() return perigee.presence("hall") end,
}

return Hall
