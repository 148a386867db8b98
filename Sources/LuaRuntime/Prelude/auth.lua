-- Predicates for `require`: who may send an event. A predicate is a function of `self` and the
-- event's arguments that answers true, or false and a message; these are the usual ones.
-- The user is the field `user` of `self`, or else of its session, that the script set itself.
local prelude, host = ...
local fail, show = prelude.declaration.fail, prelude.declaration.show
local null = host.json.null
local auth = {}
prelude.globals.auth = auth

-- Raw, so that no function of the script that happens to be named `user` is taken for one.
local function user_of(self)
  local user = rawget(self, "user")
  if user == nil then
    local session = self.session
    user = type(session) == "table" and rawget(session, "user") or nil
  end
  if user == null then return nil end
  return user or nil
end

local function has_role(user, role)
  if type(user) ~= "table" then return false end
  if user.role == role then return true end
  local roles = user.roles
  if type(roles) ~= "table" then return false end
  for _, entry in ipairs(roles) do
    if entry == role then return true end
  end
  return roles[role] == true
end

local function predicates(name, ...)
  local list = table.pack(...)
  if list.n == 0 then fail("auth.%s needs predicates, such as auth.role(\"admin\")", name) end
  for i = 1, list.n do
    if type(list[i]) ~= "function" then
      fail("auth.%s: predicate %d must be a function, not %s", name, i, show(list[i]))
    end
  end
  return list
end

--- Somebody is logged in.
function auth.logged_in()
  return function(self) return user_of(self) ~= nil, "log in first" end
end

--- The user has the role: `user.role` is it, or `user.roles` has it as an entry or as a key.
function auth.role(role)
  if type(role) ~= "string" then fail("auth.role needs a role's name, not %s", show(role)) end
  return function(self)
    return has_role(user_of(self), role), ("this needs the role %s"):format(role)
  end
end

--- One of the predicates holds; the message is the first one's.
function auth.any(...)
  local list = predicates("any", ...)
  return function(self, ...)
    local first
    for i = 1, list.n do
      local good, message = list[i](self, ...)
      if good then return true end
      first = first or message
    end
    return false, first
  end
end

--- All of the predicates hold; the message is that of the first one that does not.
function auth.all(...)
  local list = predicates("all", ...)
  return function(self, ...)
    for i = 1, list.n do
      local good, message = list[i](self, ...)
      if not good then return false, message end
    end
    return true
  end
end

--- The predicate does not hold.
function auth.no(predicate)
  local list = predicates("no", predicate)
  return function(self, ...) return not list[1](self, ...) end
end
