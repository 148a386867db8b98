-- Table tennis: every ping gets a pong, a fireball gets ten bangs.
--
--   ping { type = "ping" | "fireball" }   from the client
--   pong { sound = "pong" | "bang!" }     back to it

local BANGS = 10

local PingPong = {}

function PingPong:on_ping(attack)
  if type(attack) == "table" and attack.type == "fireball" then
    for _ = 1, BANGS do
      self:emit("pong", { sound = "bang!" })
    end
  else
    self:emit("pong", { sound = "pong" })
  end
end

return PingPong
