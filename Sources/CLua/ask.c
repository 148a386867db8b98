// What scripts ask of the nodes that serve their app. The host sends a question round and brings the
// answers back part by part; the run goes on when all are there, and the prelude (cluster.lua) makes of them
// what the script gets.
#include "ask.h"

#include "dispatch.h"
#include "patterns.h"
#include "prelude.h"

// Drafts whom a target reaches. Who is left out is known to other nodes by its id.
static pg_command draft_reach(lua_State *L, const pg_reach *reach, int rooms, int excepted) {
  pg_host *host = pg_host_of(L);
  pg_outbox *outbox = &host->outbox;
  pg_command command = {.name_space = reach->ns->index, .flag = reach->manner.is_volatile};
  pg_draft_begin(outbox);
  command.room_count = pg_draft_names(L, outbox, rooms);
  command.except_count = pg_draft_names(L, outbox, excepted);
  const pg_socket *left_out = pg_socket_find(host, reach->left_out);
  if (left_out != NULL) {
    pg_draft_list(L, outbox, pg_draft_text(L, outbox, left_out->id, strlen(left_out->id)));
    command.except_count++;
  }
  return command;
}

// Adds an event to the draft: its name at `event`, the values after it.
static void draft_event(lua_State *L, pg_command *command, int event) {
  size_t length;
  int attachments, last = lua_gettop(L);
  const char *name = lua_tolstring(L, event, &length);
  command->body =
      pg_encode_event(L, pg_host_of(L), name, length, event + 1, last, &attachments);
  command->attachment_count = (uint16_t)attachments;
}

// Suspends with the drafted question. At the bottom of the stack the answers gather.
static int ask(lua_State *L, pg_command command, lua_KFunction then) {
  command.kind = PG_ASK;
  lua_settop(L, 0);
  lua_newtable(L);
  return pg_run_suspend(L, PG_WAIT_NODES, command, then);
}

// Lets the prelude's hook make the results. stack: answers → results
static int conclude(lua_State *L, const char *hook) {
  pg_host *host = pg_host_of(L);
  lua_settop(L, 1);
  pg_decoder d = pg_decode_begin(L, host, host->input.text, host->input.length);
  pg_decode_space(&d);
  if (!pg_decode_value(&d) || !pg_push_hook(L, host, hook)) {
    return luaL_error(L, "the answers of the nodes cannot be read");
  }
  lua_insert(L, 1);
  lua_call(L, 2, LUA_MULTRET);
  return lua_gettop(L);
}

static int fetched(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return conclude(L, "fetched");
}

static int acked(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return conclude(L, "acked");
}

static int told(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return conclude(L, "told");
}

int pg_ask_for_clients(lua_State *L, const pg_reach *reach, int rooms, int excepted) {
  pg_check_suspendable(L, "fetch_sockets");
  pg_command command = draft_reach(L, reach, rooms, excepted);
  command.code = PG_FETCH;
  command.duration = reach->seconds > 0 ? reach->seconds : PG_NODE_SECONDS;
  return ask(L, command, fetched);
}

int pg_ask_for_acks(lua_State *L, const pg_reach *reach, int rooms, int excepted, int event) {
  pg_check_suspendable(L, "emit_with_ack");
  pg_command command = draft_reach(L, reach, rooms, excepted);
  draft_event(L, &command, event);
  command.code = PG_GATHER;
  command.duration = pg_ack_seconds(reach);
  return ask(L, command, acked);
}

// Drafts an event between nodes for the script that serves the namespace.
static pg_command draft_server_event(lua_State *L, const pg_namespace *ns, int first,
                                     const char *what) {
  pg_host *host = pg_host_of(L);
  size_t length;
  char key[PG_KEY_BYTES];
  pg_check_serving(L, what);
  const char *name = luaL_checklstring(L, first, &length);
  if (pg_handler_key(key, "server_", (const uint8_t *)name, length) == 0) {
    luaL_error(L, "\"%s\" cannot have a handler server_NAME: a name is a letter, then letters, "
                  "digits, _ and spaces", name);
  }
  const pg_script *script = pg_script_serving(host->serving, ns, NULL);
  pg_command command = {.kind = PG_ASK,
                        .code = PG_SERVER,
                        .name_space = script != NULL ? script->ns->index : ns->index};
  pg_draft_begin(&host->outbox);
  draft_event(L, &command, first);
  return command;
}

void pg_tell_nodes(lua_State *L, const pg_namespace *ns, int first) {
  pg_host *host = pg_host_of(L);
  pg_command command = draft_server_event(L, ns, first, "server_emit");
  if (host->clustered) pg_draft_commit(L, &host->outbox, command);
}

int pg_ask_nodes(lua_State *L, const pg_namespace *ns, int first) {
  pg_check_suspendable(L, "server_emit_with_ack");
  pg_command command = draft_server_event(L, ns, first, "server_emit_with_ack");
  command.duration = PG_NODE_SECONDS;
  return ask(L, command, told);
}

void pg_spread_change(lua_State *L, const pg_reach *reach, int rooms, int excepted,
                      pg_change_kind kind, int room) {
  pg_host *host = pg_host_of(L);
  if (!host->clustered) return;
  pg_command command = draft_reach(L, reach, rooms, excepted);
  command.kind = PG_CHANGE;
  command.code = (uint8_t)kind;
  if (room != 0) {
    size_t length;
    const char *name = lua_tolstring(L, room, &length);
    command.name = pg_draft_text(L, &host->outbox, name, length);
  }
  pg_draft_commit(L, &host->outbox, command);
}

typedef struct part {
  pg_run *run;
  uint64_t node;
} part;

// Decodes the input and appends { node = …, value = … } to the answers. stack: part answers
static int keep_part(lua_State *L) {
  pg_host *host = pg_host_of(L);
  const part *part = lua_touserdata(L, 1);
  luaL_checkstack(L, 8, "answer");
  lua_createtable(L, 0, 2);
  pg_push_node(L, part->node);
  lua_setfield(L, 3, "node");
  pg_decoder d = pg_decode_begin(L, host, host->input.text, host->input.length);
  d.attachments = host->input.count > 0;
  pg_decode_space(&d);
  if (!pg_decode_value(&d) || !pg_decode_finished(&d)) return luaL_error(L, "no JSON");
  lua_setfield(L, 3, "value");
  lua_rawseti(L, 2, (lua_Integer)lua_rawlen(L, 2) + 1);
  return 0;
}

void pg_answered(pg_host *host, uint64_t token, uint64_t node, const void *text, size_t length) {
  pg_run *run = pg_run_of_token(host, token);
  if (run != NULL && run->wait == PG_WAIT_NODES && !host->busy) {
    part part = {run, node};
    lua_State *L = host->L;
    host->input.text = text;
    host->input.length = length;
    lua_pushcfunction(L, keep_part);
    lua_pushlightuserdata(L, &part);
    lua_pushvalue(run->co, 1);
    lua_xmove(run->co, L, 1);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) lua_pop(L, 1);
  }
  host->input.count = host->input.blobs.used = 0;
}

void pg_settled(pg_host *host, uint64_t token, const void *silent, size_t length) {
  pg_run *run = pg_run_of_token(host, token);
  if (run == NULL || run->wait != PG_WAIT_NODES) return;
  host->input.text = silent;
  host->input.length = length;
  pg_run_continue(host, run, PG_ACKED);
}
