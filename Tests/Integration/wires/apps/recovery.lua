-- What the tests of connection state recovery talk to: one client reports, the others are told.

local Recovery = {}

local banned = {}

function Recovery:on_connect(auth)
  if banned[self.id] then reject("banned", { code = 7 }) end
  self.connects = (self.connects or 0) + 1
  self.token = type(auth) == "table" and auth.token or nil
end

function Recovery:on_disconnect(reason)
  perigee.log("left", self.note or "someone", reason)
end

function Recovery:subscribe_news() end

function Recovery:on_enter(room)
  self:join(room)
  return true
end

function Recovery:on_remember(note)
  self.note = note
  return true
end

function Recovery:on_state()
  return {
    id = self.id,
    recovered = self.recovered,
    connects = self.connects,
    rooms = self:rooms(),
    note = self.note,
    token = self.token,
  }
end

function Recovery:on_ban(id)
  banned[id] = true
  return true
end

-- One event of each kind; `id` is the client that is told directly.
function Recovery:on_round(id, number)
  perigee.emit("all", number)
  perigee.to("den"):emit("room", number, "text")
  perigee.to("elsewhere"):emit("room", "not for you")
  perigee.volatile():emit("typing", "someone")
  perigee.publish("news", { number = number })
  perigee.publish("gossip", "not for you")
  perigee.to(id):emit("direct", number, perigee.binary("bytes"))
  self:broadcast("others", number)
  return true
end

function Recovery:on_rounds(id, first, last)
  for number = first, last do Recovery.on_round(self, id, number) end
  return true
end

function Recovery:on_ask()
  self:emit_with_ack("question", "text")
end

function Recovery:on_kick(id)
  perigee.socket(id):disconnect()
  return true
end

return Recovery
