-- Table tennis: every ping gets a pong, a fireball gets ten bangs.
--
--   ping { type = "ping" | "fireball" }   from the client
--   pong { sound = "pong" | "bang!" }     back to it
--
-- The widget "pingpong" is the same as an element for any page: <perigee-widget name="pingpong">.

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

perigee.widget {
  params = { "messages" },
  template = [[
    <div class="pingpong">
      <button class="button" on-click="ping: {{ {type: 'ping'} }}">Ping</button>
      <button class="button quiet" on-click="ping: {{ {type: 'fireball'} }}">Fireball</button>
      <p role="status">{{messages.length}} {{messages.length === 1 ? 'answer' : 'answers'}}</p>
      <ol>{{#each messages}}<li>{{sound}}</li>{{/each}}</ol>
    </div>
  ]],
  init = [[
    this.socket.on("pong", (message) => this.get("messages").push(message));
  ]],
}

return PingPong
