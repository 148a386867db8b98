-- A form in three steps. Each person has a draft of their own; the rules stand here once, and hold
-- in the page and on the server.
--
--   the model "draft"       { step, name, email, plan, seats }
--   account, plan, finish   the forms of the three steps
--   back                    to the step before

local Signup = {}

local taken = { admin = true, perigee = true }

local drafts = perigee.models("draft", function() return { step = 1, plan = "free", seats = 1 } end, {
  key = function(self) return self.session.visitor end,
})

local function is_free(name)
  return not taken[name:lower()], "is taken already"
end

Signup.validate = {
  account = schema {
    name = text { min = 3, max = 20, like = "slug", check = is_free },
    email = email {},
    age = integer { min = 13, max = 130, optional = true },
  },
  plan = schema {
    plan = choice { "free", "team" },
    seats = integer { min = 1, max = 50, default = 1 },
  },
  finish = schema { agreed = boolean { must = true, message = "has to be ticked" } },
}

local function advance(self, form)
  local draft = drafts[self.session.visitor]
  for name, value in pairs(form) do draft[name] = value end
  draft.step = draft.step + 1
end

function Signup:on_connect() self.session.visitor = perigee.uuid() end

Signup.on_account, Signup.on_plan = advance, advance

function Signup:on_finish(form)
  local draft = drafts[self.session.visitor]
  if draft.step ~= 3 then return false, "There are steps left before this one." end
  taken[draft.name:lower()] = true
  advance(self, form)
end

function Signup:on_back()
  local draft = drafts[self.session.visitor]
  draft.step = math.max(1, draft.step - 1)
end

return Signup
