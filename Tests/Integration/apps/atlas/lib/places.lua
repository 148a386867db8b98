local capitals = { France = "Paris", Japan = "東京" }

local places = {}

function places.capital(country)
  return capitals[country] or "unknown"
end

return places
