-- Chat in rooms. Whoever subscribes to a room gets a user id of its own and hears everyone there.
--
--   subscribe "room", ID       → userid UUID, and the room's publications from now on
--   user_message TEXT          → pubblication { uid, message } to everyone in the room
--   enter                      → presence_state and presence_diff of the room: who else has entered
--   error NAME, MESSAGE        ← what could not be done, and why

local LONGEST_ROOM = 64
local LONGEST_MESSAGE = 2000

local Chat = {}

-- What is wrong with a message, as an error name and a sentence; nothing when it is fine.
local function fault(text)
  if type(text) ~= "string" then
    return "invalid_message", "A message is a piece of text."
  end
  local length = utf8.len(text)
  if not length then
    return "invalid_message", "A message is text in UTF-8."
  elseif length > LONGEST_MESSAGE then
    return "message_too_long", "A message has at most " .. LONGEST_MESSAGE .. " characters."
  elseif not text:find("%S") then
    return "empty_message", "There is nothing in that message."
  end
end

function Chat:subscribe_room(id)
  local name = (type(id) == "string" or math.type(id) == "integer") and tostring(id) or ""
  if name == "" or #name > LONGEST_ROOM then
    return false
  end
  self.session.uid = self.session.uid or perigee.uuid()
  if self.session.room then
    self:untrack(self.session.room)
  end
  self.session.room = "room-" .. name
  self:emit("userid", self.session.uid)
  return self.session.room
end

function Chat:on_enter()
  if not self.session.room then
    self:error("no_room", "Join a room before you enter it.")
    return false
  end
  self:track(self.session.room, self.session.uid)
  return true
end

function Chat:on_user_message(text)
  if not self.session.room then
    self:error("no_room", "Join a room before you speak.")
    return false
  end
  local name, explanation = fault(text)
  if name then
    self:error(name, explanation)
    return false
  end
  self:publish(self.session.room, { uid = self.session.uid, message = text })
  return true
end

return Chat
