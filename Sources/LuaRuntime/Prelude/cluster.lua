-- What the answers of several nodes become for a script, and what this node answers of its clients' acks.
local prelude, host = ...
local json = host.json

-- Acks in one part of an answer.
local PART = 500

-- A client as fetch_sockets answers it, on whichever node it is.
local Client = {}

local function target_of(client) return host.client_target(client.namespace, client.id) end

-- Tail calls, so that errors name the script's line.
function Client:emit(...) return target_of(self):emit(...) end
function Client:join(...) return target_of(self):join(...) end
function Client:leave(...) return target_of(self):leave(...) end
function Client:disconnect(close) return target_of(self):disconnect(close) end

local client_meta = { __index = Client, __metatable = "client" }

--- The clients of all nodes, and the nodes that are missing.
function prelude.fetched(answers, missing)
  local clients = json.array{}
  for _, answer in ipairs(answers) do
    for _, client in ipairs(answer.value) do
      clients[#clients + 1] = setmetatable({
        id = client.id, namespace = client.namespace, node = answer.node, rooms = client.rooms,
        session = client.session, handshake = client.handshake,
      }, client_meta)
    end
  end
  return clients, missing
end

-- Appends to `silent` those of a node that were asked and have not answered.
local function name_silent(silent, asked, known, missing)
  if not asked then silent[#silent + 1] = missing end
  for _, id in ipairs(asked or {}) do
    if not known[id] then silent[#silent + 1] = { id = id, reason = missing.reason } end
  end
end

--- The acks of the clients of all nodes, and who gave none.
function prelude.acked(answers, missing)
  local given, silent, asked, known = json.array{}, json.array{}, {}, {}
  local function note(list, entries)
    for _, entry in ipairs(entries or {}) do
      known[entry.id] = true
      list[#list + 1] = entry
    end
  end
  for _, answer in ipairs(answers) do
    asked[answer.node] = asked[answer.node] or answer.value.asked
    note(given, answer.value.answers)
    note(silent, answer.value.silent)
  end
  for _, node in ipairs(missing) do name_silent(silent, asked[node.node], known, node) end
  return given, silent
end

--- What the handlers of the other nodes returned, and the nodes that are missing.
function prelude.told(answers, missing)
  local given = json.array{}
  for _, answer in ipairs(answers) do
    given[#given + 1] = { node = answer.node, values = answer.value }
  end
  return given, missing
end

--- Answers the node that asked for acks.
function prelude.report(answers, silent)
  for first = 1, #answers, PART do
    local last = math.min(first + PART - 1, #answers)
    host.answer({ answers = json.array(table.move(answers, first, last, 1, {})) }, false)
  end
  host.answer({ silent = silent }, true)
end
