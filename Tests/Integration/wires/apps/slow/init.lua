-- An app that takes its time, and sends in every way at once.

local Slow = { namespaces = { "/slow/rooms/*" } }

perigee.every(0.02, function() perigee.publish("ticks", "tick") end)

function Slow:subscribe_ticks() end

-- `auth.wait` is for how many seconds the client is kept waiting, `auth.rewait` for one that is back.
function Slow:on_connect(auth)
  auth = type(auth) == "table" and auth or {}
  local wait = self.recovered and auth.rewait or not self.recovered and auth.wait
  if wait then
    perigee.log("waiting")
    perigee.sleep(wait)
  end
end

function Slow:subscribe_tweets() end

function Slow:on_enter(room)
  self:join(room)
  return true
end

function Slow:on_publish(channel, message)
  perigee.publish(channel, message)
  return true
end

-- Holds up the app for so many seconds of processor time.
function Slow:on_spin(seconds)
  local last = os.clock() + seconds
  while os.clock() < last do end
  return true
end

function Slow:on_echo(...)
  return ...
end

-- A volatile event right behind another one.
function Slow:on_both()
  self:emit("first")
  self:volatile():emit("second")
end

-- One event to each of the targets: rooms, or ids of clients.
function Slow:on_address(...)
  perigee.to(...):emit("addressed")
  perigee.emit("done")
end

-- The same, but not to the members of `room`.
function Slow:on_address_except(room, ...)
  perigee.to(...):except(room):emit("addressed")
  perigee.emit("done")
end

-- To clients of all namespaces.
function Slow:on_flood(count)
  for number = 1, count do perigee.emit("flood", number) end
  return true
end

Slow.routes = {
  ["GET /long"] = function(_, request)
    local piece = ("x"):rep(math.tointeger(tonumber(request.query.length)))
    return stream("text/plain", function(write)
      write(piece)
      write("end")
    end)
  end,
  ["GET /sleepy"] = function()
    return stream("text/plain", function(write)
      write("begun")
      perigee.sleep(600)
    end)
  end,
  ["GET /:first/:second"] = function(_, request)
    return request.params
  end,
}

return Slow
