-- Sends back what it gets, in every way a client can receive something.
local Letters = {}

function Letters:on_echo(...)
  return ...
end

function Letters:on_reflect(...)
  self:emit("reflection", ...)
end

function Letters:on_interview(question)
  self:emit("report", self:emit_with_ack("question", question))
end

function Letters:on_remember(key, value)
  self.session[key] = value
  return true
end

function Letters:on_recall(key)
  return self.session[key]
end

function Letters:on_leave_me()
  self:disconnect()
end

function Letters:on_break()
  local nothing
  return nothing.field
end

function Letters:on_two_words()
  return "mapped"
end

function Letters:on_disconnect(reason)
  perigee.log(self.session.name or "someone", "left:", reason)
end

return Letters
