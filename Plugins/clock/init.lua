-- The time, over every wire.
--
--   channel "time"               a publication every second
--   GET /clock/now               the time as JSON
--   GET /clock/countdown/:from   an event stream that counts down

local Clock = {}

local function now()
  return { time = os.date("!%H:%M:%S"), unix = math.floor(perigee.now()) }
end

perigee.every(1, function() perigee.publish("time", now()) end)

function Clock:subscribe_time() end

Clock.routes = {
  ["GET /now"] = now,

  ["GET /countdown/:from"] = function(_, request)
    local from = math.tointeger(tonumber(request.params.from))
    if not from or from < 0 or from > 60 then
      return { error = "count down from 0 to 60" }, 400
    end
    return sse(function(send)
      for left = from, 0, -1 do
        send({ left = left })
        perigee.sleep(0.1)
      end
    end)
  end,
}

return Clock
