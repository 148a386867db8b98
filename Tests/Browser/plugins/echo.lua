-- What the tests of the browser client talk to.

local Echo = {}

-- Sends back whatever came, as an event and as the ack.
function Echo:on_echo(...)
  self:emit("echoed", ...)
  return ...
end

-- Asks the client a question and tells what it answered.
function Echo:on_ask(...)
  self:emit("answered", self:emit_with_ack("question", ...))
end

-- Never answers.
function Echo:on_hold()
  perigee.sleep(30)
end

function Echo:on_leave()
  self:disconnect()
end

function Echo:on_counted(n)
  self.session.count = (self.session.count or 0) + n
  return self.session.count
end

return Echo
