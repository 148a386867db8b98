// What the prelude asks of the host, besides what scripts can: the functions of its table `host`.
#define _GNU_SOURCE
#include <time.h>

#include "api.h"
#include "ask.h"
#include "patterns.h"
#include "prelude.h"
#include "socket.h"

// host.where() -> "file:line: ", of the script
static int host_where(lua_State *L) {
  pg_push_position(L);
  return 1;
}

// host.fail(message): an error at the script's line
static int host_fail(lua_State *L) { return pg_script_error(L, "%s", luaL_checkstring(L, 1)); }

// host.touch(): `commit` is to be called
static int host_touch(lua_State *L) {
  pg_host_of(L)->touched = true;
  return 0;
}

// host.loading() -> the namespace of the script that is being loaded, or nil
static int host_loading(lua_State *L) {
  const pg_host *host = pg_host_of(L);
  const pg_namespace *ns = host->loading != NULL && host->run != NULL ? host->run->ns : NULL;
  if (ns == NULL) return 0;
  lua_pushlstring(L, ns->name, ns->length);
  return 1;
}

// host.ack() -> the number of the ack that the event's sender waits for, or nil
static int host_ack(lua_State *L) {
  const pg_run *run = pg_host_of(L)->run;
  if (run == NULL || run->kind != PG_RUN_EVENT || run->ack < 0) return 0;
  lua_pushinteger(L, run->ack);
  return 1;
}

// host.refuse(name, message, data): an error event for the sender of the event, instead of its ack
static int host_refuse(lua_State *L) {
  pg_run *run = pg_host_of(L)->run;
  const char *name = luaL_checkstring(L, 1), *message = luaL_checkstring(L, 2);
  lua_settop(L, 3);
  if (run == NULL || run->kind != PG_RUN_EVENT) return luaL_error(L, "there is no event to refuse");
  pg_emit_error(L, run->socket, name, message, lua_isnil(L, 3) ? 0 : 3, run->ack);
  run->ack = -1;
  return 0;
}

// host.log(level, message): 0 debug … 3 error
static int host_log(lua_State *L) {
  pg_outbox *outbox = &pg_host_of(L)->outbox;
  size_t length;
  lua_Integer level = luaL_checkinteger(L, 1);
  const char *message = luaL_tolstring(L, 2, &length);
  pg_draft_begin(outbox);
  pg_command command = {.kind = PG_LOG, .number = level, .name_space = -1};
  command.body = pg_draft_text(L, outbox, message, length);
  pg_draft_commit(L, outbox, command);
  return 0;
}

// host.keep(name, text): the host is to store the value; an empty text: to forget it
static int host_keep(lua_State *L) {
  pg_outbox *outbox = &pg_host_of(L)->outbox;
  size_t length, name_length;
  const char *name = luaL_checklstring(L, 1, &name_length);
  const char *text = luaL_checklstring(L, 2, &length);
  pg_draft_begin(outbox);
  pg_command command = {.kind = PG_KEEP, .name_space = -1};
  command.name = pg_draft_text(L, outbox, name, name_length);
  command.body = pg_draft_text(L, outbox, text, length);
  pg_draft_commit(L, outbox, command);
  return 0;
}

// host.keep_due(): `keep` is to be called
static int host_keep_due(lua_State *L) {
  pg_host_of(L)->keep_due = true;
  return 0;
}

// host.monotonic() -> seconds
static int host_monotonic(lua_State *L) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  lua_pushnumber(L, (double)time.tv_sec + (double)time.tv_nsec * 1e-9);
  return 1;
}

// host.client(self) -> the number of its client
static int host_client(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)pg_handle_at(L, 1));
  return 1;
}

// host.is_present(number): whether the client is connected, or may come back
static int host_is_present(lua_State *L) {
  const pg_socket *socket = pg_map_get(&pg_host_of(L)->sockets, (uint64_t)luaL_checkinteger(L, 1));
  lua_pushboolean(L, socket != NULL && socket->state != PG_CLOSED);
  return 1;
}

// host.mark(table) -> "array" or "object" when it is marked as that, else nil
static int host_mark(lua_State *L) {
  const pg_host *host = pg_host_of(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!lua_getmetatable(L, 1)) return 0;
  const void *meta = lua_topointer(L, -1);
  if (meta != host->array_meta && meta != host->object_meta) return 0;
  lua_pushstring(L, meta == host->array_meta ? "array" : "object");
  return 1;
}

// host.history(namespace, channel, size): how many messages of the channel are kept
static int host_history(lua_State *L) {
  pg_host *host = pg_host_of(L);
  size_t length;
  const char *name = luaL_checklstring(L, 1, &length);
  const pg_namespace *ns = pg_namespace_find(host, name, length);
  const char *channel = luaL_checklstring(L, 2, &length);
  if (ns == NULL) return 0;
  pg_draft_begin(&host->outbox);
  pg_command command = {.kind = PG_HISTORY, .name_space = ns->index, .ack = -1, .duration = -1};
  command.number = luaL_checkinteger(L, 3);
  command.name = pg_draft_text(L, &host->outbox, channel, length);
  pg_draft_commit(L, &host->outbox, command);
  return 0;
}

// host.workers() -> how many states the app has
static int host_workers(lua_State *L) {
  lua_pushinteger(L, pg_host_of(L)->workers);
  return 1;
}

// host.client_target(namespace, id): a target for one client, on whichever node it is
static int host_client_target(lua_State *L) {
  size_t length;
  const char *name = luaL_checklstring(L, 1, &length);
  luaL_checkstring(L, 2);
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  pg_push_target(L, (pg_reach){.ns = pg_served_namespace(L, name, length)}, 3, false);
  return 1;
}

// host.answer(value, is_last): a part of the answer to the node that asks
static int host_answer(lua_State *L) {
  luaL_checkany(L, 1);
  pg_answer_part(L, 1, lua_toboolean(L, 2));
  return 0;
}

const luaL_Reg pg_prelude_functions[] = {{"where", host_where},     {"fail", host_fail},
                                         {"touch", host_touch},     {"loading", host_loading},
                                         {"ack", host_ack},         {"refuse", host_refuse},
                                         {"log", host_log},         {"keep", host_keep},
                                         {"keep_due", host_keep_due},
                                         {"monotonic", host_monotonic},
                                         {"client", host_client},
                                         {"is_present", host_is_present},
                                         {"history", host_history},
                                         {"mark", host_mark},
                                         {"workers", host_workers},
                                         {"client_target", host_client_target},
                                         {"answer", host_answer},
                                         {NULL, NULL}};
