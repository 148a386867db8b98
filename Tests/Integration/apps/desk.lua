-- Answers HTTP in every way there is.
local Desk = {}

-- Generators that have begun and not ended.
local live = 0

local function counted()
  live = live + 1
  return setmetatable({}, { __close = function() live = live - 1 end })
end

local function mirror(_, request)
  return {
    method = request.method,
    path = request.path,
    url = request.url,
    host = request.host,
    params = perigee.json.object(request.params),
    query = perigee.json.object(request.query),
    query_all = perigee.json.object(request.query_all),
    agent = request.headers["user-agent"],
    cookies = perigee.json.object(request.cookies),
    form = perigee.json.object(request.form),
    form_all = perigee.json.object(request.form_all),
    body = request.body,
  }
end

local function summary(file)
  local sum = 0
  for at = 1, #file.data do sum = (sum * 31 + file.data:byte(at)) % 65521 end
  return { filename = file.filename, type = file.type, size = #file.data, sum = sum }
end

local function upload(_, request)
  local files = perigee.json.object({})
  for name, list in pairs(request.files_all) do
    files[name] = perigee.json.array({})
    for index, file in ipairs(list) do files[name][index] = summary(file) end
  end
  return { form = perigee.json.object(request.form), files = files }
end

local function ticks(self)
  return sse(function(send)
    local guard <close> = counted()
    send("first", { event = "greeting", id = "1", retry = 500 })
    for number = 2, 4 do
      perigee.sleep(0.005)
      send({ number = number }, { id = number })
    end
    send("two\nlines")
    send()
  end)
end

local function tweets(self)
  return sse(function(send)
    local guard <close> = counted()
    send({ ready = true })
    for message, channel in self:listen("tweets") do send({ channel = channel, data = message }) end
  end)
end

-- Sends as fast as its client takes it.
local function flood()
  return stream("application/octet-stream", function(write)
    local guard <close> = counted()
    local block = ("x"):rep(10000)
    for _ = 1, 1000 do write(block) end
  end)
end

Desk.routes = {
  ["GET /hello/:name"] = function(_, request) return "Hello, " .. request.params.name end,
  ["GET /files/*rest"] = mirror,
  ["ANY /mirror"] = mirror,
  ["POST /json"] = function(_, request) return request:json() end,
  ["POST /upload"] = upload,
  ["GET /page"] = function() return html("<!doctype html><title>Desk</title>") end,
  ["GET /nothing"] = function() end,
  ["GET /number"] = function() return 42 end,
  ["GET /list"] = function() return { 1, 2, 3 } end,
  ["GET /made"] = function()
    return response({
      status = 201,
      headers = { ["x-color"] = { "red", "blue" }, location = "/desk/made/1" },
      body = "made",
      type = "text/x-made",
      cookies = { flavour = { value = "oat", path = "/desk", http_only = true, max_age = 60 } },
    })
  end,
  ["GET /status/:code"] = function(_, request)
    return response({ status = math.tointeger(request.params.code), body = "status" })
  end,
  ["GET /pair"] = function() return { pair = true }, 202, { ["x-pair"] = "yes" } end,
  ["GET /elsewhere"] = function() return redirect("/desk/page") end,
  ["POST /elsewhere"] = function() return redirect("/desk/page", 303) end,
  ["GET /table.csv"] = expose("text/csv", function() return "a,b\n1,2\n" end),
  ["GET /abort/:code"] = function(_, request)
    abort(math.tointeger(request.params.code), "on purpose", { hint = "none" })
  end,
  ["GET /fail"] = function() error("the desk is broken") end,
  ["GET /spin"] = function() while true do end end,
  ["GET /slow"] = function()
    perigee.sleep(0.05)
    return "slept"
  end,
  ["GET /forever"] = function()
    return sse(function()
      local guard <close> = counted()
      perigee.sleep(600)
    end)
  end,
  ["GET /count"] = function()
    return stream("text/plain", function(write)
      for number = 1, 5 do
        write(number, "\n")
        perigee.sleep(0.002)
      end
    end)
  end,
  ["GET /broken-stream"] = function()
    return stream("text/plain", function(write)
      write("half")
      perigee.sleep(0.01)
      error("the stream is broken")
    end)
  end,
  ["GET /ticks"] = ticks,
  ["GET /tweets"] = tweets,
  ["GET /flood"] = flood,
  ["GET /live"] = function() return { live = live } end,
  ["POST /tweets"] = function(_, request)
    perigee.publish("tweets", request:json())
    return { sent = true }
  end,
}

function Desk:subscribe_tweets() end

return Desk
