-- Another namespace of the same app.

local Side = {}

return Side
