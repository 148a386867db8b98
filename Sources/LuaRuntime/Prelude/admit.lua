-- An event on its way to its handler: who may send it, and whether its arguments are valid.
-- The host calls `prelude.guard` in the event's own coroutine; predicates and check functions may
-- wait, and what they raise is the event's error.
local prelude, host = ...

-- True, or false and a message.
local function permitted(guard, self, ...)
  for _, predicate in ipairs(guard.predicates or {}) do
    local good, message = predicate(self, ...)
    if not good then
      if type(message) == "string" then return false, message end
      return false, ('"%s" is not allowed'):format(guard.event)
    end
  end
  return true
end

-- The cleaned arguments and nil, or nil and the errors.
local function validated(arguments, self, ...)
  local cleaned, errors = {}, {}
  for i, rule in ipairs(arguments) do
    local value, failed = prelude.examine(rule, (select(i, ...)), self)
    cleaned[i], errors[tostring(i)] = value, failed
  end
  if next(errors) == nil then return cleaned end
  if arguments.positional then return nil, errors end
  local only = errors["1"]
  return nil, type(only) == "table" and only or { _ = only }
end

-- Where the sender waits for an ack, the host names it, and the event as it was sent.
local function refuse(guard, name, message, errors)
  host.refuse(name, message, { event = not host.ack() and guard.event or nil, errors = errors })
  return false
end

-- False once the client has been told; nil and what the ack is to be, when the script tells it.
local function refuse_arguments(guard, self, errors, ...)
  local message = ('some arguments of "%s" are not valid'):format(guard.event)
  if type(guard.on_error) == "function" then return nil, guard.on_error(self, errors, ...) end
  if guard.on_error then
    self:emit(guard.on_error, errors)
    return nil, false, message
  end
  return refuse(guard, "invalid_method_args", message, errors)
end

--- What is to become of an event: true and the arguments for its handler; false when its sender has
--- been refused; nil and the values to acknowledge it with.
function prelude.guard(handlers, event, self, ...)
  local guard = prelude.guard_of(handlers, event)
  if not guard then return true, ... end
  local good, message = permitted(guard, self, ...)
  if not good then
    return refuse(guard, "not_allowed", message)
  end
  if not guard.arguments then return true, ... end
  local cleaned, errors = validated(guard.arguments, self, ...)
  if errors then return refuse_arguments(guard, self, errors, ...) end
  return true, table.unpack(cleaned, 1, #guard.arguments)
end
