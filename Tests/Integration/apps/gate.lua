-- Lets in who says the word; says why not in each of the ways there are.
local Gate = {}

function Gate:on_connect(auth)
  local word = type(auth) == "table" and auth.word or nil
  if word == "explain" then
    reject("The word is wrong", { hint = "sesame", tries = 3 })
  elseif word == "fail" then
    error("the gate is broken")
  end
  self:emit("welcome", word)
  return word == "sesame"
end

function Gate:on_recall(key)
  return self.session[key]
end

return Gate
