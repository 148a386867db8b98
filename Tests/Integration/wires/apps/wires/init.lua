-- What the tests of the wires subscribe to.

local Wires = {}

function Wires:on_connect(auth)
  local word = type(auth) == "table" and auth.word or nil
  if word == "refuse" then
    reject("not today", { hint = "tomorrow" })
  elseif word == "fail" then
    error("the door is broken")
  end
  self.word = word
end

function Wires:on_disconnect(reason)
  perigee.log("left", self.word or "someone", reason)
end

perigee.history("short", { size = 3 })
perigee.history("brief", { age = 2 })

function Wires:subscribe_tweets() end

function Wires:subscribe_short() end

function Wires:subscribe_brief() end

function Wires:subscribe_room(id, more)
  self.room = "room-" .. id .. (more or "")
  self:join(self.room)
  return self.room
end

function Wires:subscribe_club()
  return false
end

function Wires:subscribe_broken()
  error("this channel is broken")
end

function Wires:on_publish(channel, data)
  self:publish(channel, data)
  return true
end

-- Publishes the numbers from `first` to `last`, `each` of them every few milliseconds.
function Wires:on_publish_numbers(channel, first, last, each)
  local number = first
  local timer
  timer = perigee.every(0.002, function()
    for _ = 1, each do
      if number > last then return perigee.cancel(timer) end
      perigee.publish(channel, number)
      number = number + 1
    end
  end)
  return true
end

function Wires:on_flood(channel, bytes, times)
  for _ = 1, times do self:publish(channel, ("x"):rep(bytes)) end
  return true
end

function Wires:on_echo(...)
  return ...
end

function Wires:on_whoami()
  self:emit("you", self.id, self.word or "")
  return self.id, self.word or ""
end

-- Asks the client and tells it what it answered.
function Wires:on_ask(question)
  self:emit("answered", self:timeout(5):emit_with_ack("question", question))
end

function Wires:on_tell(room, ...)
  self:to(room):emit("told", ...)
  perigee.to(self.id):emit("told", ...)
  return true
end

function Wires:on_send_binary(channel, bytes)
  self:publish(channel, { bytes = perigee.binary(bytes), after = true })
  return true
end

function Wires:on_break()
  error("broken by order")
end

return Wires
