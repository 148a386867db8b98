-- A chat whose rooms are models: who is there, who is typing, and what was said last.
--
--   the model "room:NAME"     { people = { { id, name, typing }, … }, messages = { … } }
--   enter { name, room }      take a seat there
--   say { text }              to everybody in the room
--   typing                    a key was pressed

local KEPT = 100

local Lounge = {}

local rooms = perigee.models("room", function() return { people = {}, messages = {} } end, {
  key = function(_, asked)
    return type(asked) == "string" and #asked <= 40 and asked:match("^[%w-]+$") and asked
  end,
})

Lounge.validate = {
  enter = schema { name = text { max = 24 }, room = text { max = 40, like = "slug" } },
  say = schema { text = text { max = 500 } },
}

local function here(self) return self.room ~= nil, "Take a seat first." end

Lounge.require = { say = here, typing = here }

local function seat(self)
  for place, person in ipairs(rooms[self.room].people) do
    if person.id == self.id then return person, place end
  end
end

local function leave(self)
  if not self.room then return end
  local _, place = seat(self)
  if place then rooms[self.room].people:remove(place) end
  self.room = nil
end

function Lounge:on_enter(form)
  leave(self)
  self.room, self.name = form.room, form.name
  rooms[self.room].people:push { id = self.id, name = self.name, typing = false }
  return self.id
end

function Lounge:on_say(form)
  local messages = rooms[self.room].messages
  messages:push { from = self.id, name = self.name, text = form.text, at = os.date("!%H:%M") }
  if #messages > KEPT then messages:shift() end
  seat(self).typing = false
end

function Lounge:on_typing()
  seat(self).typing = true
  perigee.cancel(self.pause or 0)
  self.pause = self:after(3, function() if self.room then seat(self).typing = false end end)
end

Lounge.on_disconnect = leave

return Lounge
