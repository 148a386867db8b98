-- Lets in who knows the word.

local Guarded = {}

function Guarded:on_connect(auth)
  if type(auth) ~= "table" or auth.word ~= "perigee" then
    reject("wrong word", { hint = "the nearest point", tries = 3 })
  end
end

function Guarded:on_whoami()
  return "a friend"
end

return Guarded
