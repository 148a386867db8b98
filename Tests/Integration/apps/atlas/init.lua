-- A folder app: two namespaces, a module, and pages.
local places = require("places")

local Atlas = {}

function Atlas:on_capital(country)
  return places.capital(country)
end

return Atlas
