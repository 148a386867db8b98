-- A second app on the pages of the first: a model and a widget.
local Tally = {}

local sum = perigee.model("sum", { total = 40 }, { read = true })

perigee.widget {
  name = "score",
  params = { "start" },
  template = "<b>{{points}} points</b>",
  init = function(_, params) return { points = (params.start or 0) + sum.total } end,
}

function Tally:on_add(n) sum.total = sum.total + n end

return Tally
