-- What a generation of scripts declares: its widgets and the guards of its events. Those of a load
-- stand apart until it succeeds; then the host has the manifest, and pages get their data from here.
local prelude, host = ...
local json, declaration = host.json, prelude.declaration

local DEEPEST = 16

local serving = { widgets = {}, guards = {} }
local loading = serving

local function fail(widget, message, ...) error(widget.place .. message:format(...), 0) end

--- Adds a widget to the load that is under way.
function prelude.add_widget(widget)
  local other = loading.widgets[widget.name]
  if other then
    declaration.fail('perigee.widget: there is a widget "%s" already, declared at %s', widget.name,
      (other.place:gsub(": $", "")))
  end
  loading.widgets[widget.name] = widget
end

--- By event what the widgets of a namespace say of its arguments.
function prelude.widget_schemas(namespace)
  local schemas = {}
  for _, name in ipairs(declaration.names(loading.widgets)) do
    local widget = loading.widgets[name]
    for event, schema in pairs(widget.namespace == namespace and widget.schemas or {}) do
      schemas[event] = schemas[event] or schema
    end
  end
  return schemas
end

--- Keeps the guards of a script that is being loaded.
function prelude.keep_guards(namespace, guards) loading.guards[namespace] = guards end

-- The widget and those that it extends, the base of all first.
local function lineage(widgets, widget)
  local line, seen = {}, {}
  while widget do
    if seen[widget] then fail(widget, 'the widget "%s" extends itself', widget.name) end
    if #line == DEEPEST then fail(widget, "widgets extend one another more than %d deep", DEEPEST) end
    seen[widget] = true
    table.insert(line, 1, widget)
    local base = widget.extends
    if base and not widgets[base] then
      fail(widget, 'there is no widget "%s" to extend%s', base,
        declaration.remedy(base, declaration.names(widgets)))
    end
    widget = widgets[base]
  end
  return line
end

local function widget_entry(widget)
  local schemas = {}
  for event, schema in pairs(widget.schemas) do
    schemas[event] = prelude.describe_arguments(schema.arguments)
  end
  return {
    name = widget.name, namespace = widget.namespace, template = widget.template,
    params = widget.params, defaults = widget.defaults, extends = widget.extends or json.null,
    style = widget.style, script = widget.script, js = widget.js,
    partials = json.object(widget.partials), schemas = schemas,
  }
end

local function schema_entries()
  local entries = json.array{}
  for _, namespace in ipairs(declaration.names(loading.guards)) do
    local guards = loading.guards[namespace]
    for _, event in ipairs(declaration.names(guards)) do
      if guards[event].arguments then
        local entry = prelude.describe_arguments(guards[event].arguments)
        entry.namespace, entry.event = namespace, event
        entries[#entries + 1] = entry
      end
    end
  end
  return entries
end

-- Raises where a widget extends what it cannot.
local function widget_entries()
  local entries = json.array{}
  for _, name in ipairs(declaration.names(loading.widgets)) do
    local widget = loading.widgets[name]
    widget.lineage = lineage(loading.widgets, widget)
    entries[#entries + 1] = widget_entry(widget)
  end
  return entries
end

--- The widget of that name that pages get, or nil and what to say.
function prelude.find_widget(name)
  local widget = serving.widgets[name]
  if widget then return widget end
  return nil, ('there is no widget "%s"%s'):format(name,
    declaration.remedy(name, declaration.names(serving.widgets)))
end

-- Lets a hook of an earlier file run first.
local function extend_hook(name, own)
  local first = prelude[name]
  prelude[name] = function(...) return own(first and first(...)) end
end

extend_hook("begin", function() loading = { widgets = {}, guards = {} } end)
extend_hook("serve", function() serving = loading end)
extend_hook("abandon", function() loading = serving end)
extend_hook("manifest", function(manifest)
  manifest = manifest or { models = json.array{} }
  manifest.widgets, manifest.schemas = widget_entries(), schema_entries()
  return manifest
end)
