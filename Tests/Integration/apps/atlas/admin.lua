-- Handlers as globals instead of a table.
function on_whoami(self)
  return "admin of " .. perigee.app
end
