-- What a page shows before its scripts run: the values of models and the data of widgets, asked for
-- with the request PG_PAGE. Everything that may wait comes first; then all values are of one moment.
local prelude, host = ...
local generation = prelude.generation

local gated = {}  -- namespaces whose scripts look at their clients before they let them in
local gated_before = gated

local function extend_hook(name, own)
  local first = prelude[name]
  prelude[name] = function(...)
    if first then first(...) end
    own(...)
  end
end

extend_hook("begin", function() gated_before, gated = gated, {} end)
extend_hook("served", function() gated_before = gated end)
extend_hook("abandon", function() gated = gated_before end)

function prelude.declare(handlers, globals, namespace)
  gated[namespace] = handlers.on_connect ~= nil or handlers.middleware ~= nil
    or rawget(globals, "on_connect") ~= nil or rawget(globals, "middleware") ~= nil
end

local function is_rejection(value) return getmetatable(value) == "rejection" end

local function report(message)
  return is_rejection(message) and message or debug.traceback(tostring(message), 2)
end

-- Calls what a script wrote so that a failure concerns one part of the page only.
local function attempt(f, ...)
  local results = table.pack(xpcall(f, report, ...))
  if results[1] then return table.unpack(results, 2, results.n) end
  if is_rejection(results[2]) then return nil, tostring(results[2]) end
  host.log(3, results[2])
  return nil, "internal_error"
end

local function admit_page(self, need)
  local declaration = generation.serving[need.name]
  if not declaration then return nil, "unknown" end
  if declaration.read == nil and gated[declaration.namespace] then return nil, "connect" end
  local asked = need.key
  if asked == host.json.null then asked = nil end
  return attempt(prelude.admit_reader, self, declaration, asked)
end

local function widget_of_page(self, need)
  if not prelude.widget_data then return '{"error":"unknown"}' end
  local data, message = attempt(prelude.widget_data, self, need.name, need.params)
  if data == nil and message then return host.json.encode { error = message } end
  return '{"data":' .. host.json.encode(data == nil and host.json.object {} or data) .. "}"
end

local function model_of_page(record, refused)
  if not record then return host.json.encode { refused = refused or "read" } end
  return '{"channel":' .. host.json.encode(record.channel) .. ',"snapshot":'
    .. prelude.snapshot_of(record) .. "}"
end

function prelude.page(self, request)
  local needs = request.needs or {}
  local found, models, widgets = {}, {}, {}
  for i, need in ipairs(needs.models or {}) do found[i] = table.pack(admit_page(self, need)) end
  for i, need in ipairs(needs.widgets or {}) do widgets[i] = widget_of_page(self, need) end
  host.commit()
  for i, result in ipairs(found) do models[i] = model_of_page(result[1], result[2]) end
  return '{"models":[' .. table.concat(models, ",") .. '],"widgets":['
    .. table.concat(widgets, ",") .. "]}", 200, { ["content-type"] = "application/json" }
end
