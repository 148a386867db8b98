// The prelude's environment, its hooks, and what follows a run that touched something it keeps.
#include "prelude.h"

#include <stdarg.h>
#include <stdio.h>

#include "api.h"
#include "sandbox.h"

// Memory that `reset` may use when there was none left for `commit`.
#define RESET_MEMORY ((size_t)1 << 20)

// Entries of the list that host->prelude refers to
enum { PRELUDE = 1, HOST, ENVIRONMENT };

void pg_prelude_open(lua_State *L, pg_host *host) {
  lua_createtable(L, 3, 0);
  lua_newtable(L);
  lua_newtable(L);
  lua_setfield(L, -2, "perigee");
  lua_newtable(L);
  lua_setfield(L, -2, "globals");
  lua_rawseti(L, -2, PRELUDE);
  lua_newtable(L);
  luaL_setfuncs(L, pg_prelude_functions, 0);
  pg_push_json(L);
  lua_setfield(L, -2, "json");
  lua_rawseti(L, -2, HOST);
  pg_push_globals(L, host);
  lua_rawseti(L, -2, ENVIRONMENT);
  host->prelude = luaL_ref(L, LUA_REGISTRYINDEX);
}

typedef struct chunk {
  const char *name;
  const void *source;
  size_t length;
} chunk;

static int run_chunk(lua_State *L) {
  const chunk *chunk = lua_touserdata(L, 1);
  pg_host *host = pg_host_of(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->prelude);
  lua_pushfstring(L, PG_PRELUDE_CHUNK " %s]", chunk->name);
  if (luaL_loadbufferx(L, chunk->source, chunk->length, lua_tostring(L, -1), "t") != LUA_OK) {
    return lua_error(L);
  }  // stack: chunk parts name function
  lua_rawgeti(L, 2, ENVIRONMENT);
  lua_setupvalue(L, 4, 1);
  lua_rawgeti(L, 2, PRELUDE);
  lua_rawgeti(L, 2, HOST);
  lua_call(L, 2, 0);
  return 0;
}

void pg_prelude(pg_host *host, const char *name, const void *source, size_t length) {
  chunk chunk = {name, source, length};
  lua_State *L = host->L;
  if (host->busy || host->prelude_failure[0] != '\0') return;
  lua_pushcfunction(L, run_chunk);
  lua_pushlightuserdata(L, &chunk);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) return;
  const char *message = lua_tostring(L, -1);
  snprintf(host->prelude_failure, sizeof host->prelude_failure, "%s",
           message != NULL ? message : "the prelude failed");
  lua_pop(L, 1);
}

// stack: … → … table
static void push_prelude(lua_State *L, pg_host *host) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->prelude);
  lua_rawgeti(L, -1, PRELUDE);
  lua_replace(L, -2);
}

bool pg_push_hook(lua_State *L, pg_host *host, const char *name) {
  luaL_checkstack(L, 4, "prelude");
  push_prelude(L, host);
  if (lua_getfield(L, -1, name) == LUA_TFUNCTION) {
    lua_replace(L, -2);
    return true;
  }
  lua_pop(L, 2);
  return false;
}

// stack: … table → … copy
static void copy_table(lua_State *L) {
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, -3)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_replace(L, -2);
}

void pg_prelude_extend(lua_State *L, pg_host *host, const char *field) {
  luaL_checkstack(L, 10, "prelude");
  push_prelude(L, host);
  lua_getfield(L, -1, field);
  lua_replace(L, -2);  // stack: … table entries
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);  // stack: … table entries key key value
    if (lua_istable(L, -1)) copy_table(L);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
}

// stack: name
static int call_hook(lua_State *L) {
  if (pg_push_hook(L, pg_host_of(L), lua_touserdata(L, 1))) lua_call(L, 0, 0);
  return 0;
}

bool pg_call_hook(pg_host *host, const char *name) {
  return pg_protected(host, call_hook, (void *)name);
}

bool pg_call_watched(pg_host *host, const char *name) {
  lua_State *L = host->L;
  pg_outbox_begin_run(&host->outbox, host->limits.outbox_bytes);
  pg_run_begin_watch(host, L, host->limits.event_nanoseconds, 0);
  bool good = pg_call_hook(host, name);
  pg_run_end_watch(host);
  lua_sethook(L, NULL, 0, 0);
  return good;
}

void pg_prelude_commit(pg_host *host) {
  bool was_interrupted = host->was_interrupted, was_lengthy = host->was_lengthy;
  host->touched = false;
  if (!pg_call_watched(host, "commit")) {
    host->memory.limit += RESET_MEMORY;
    if (!pg_call_watched(host, "reset")) host->touched = true;
    host->memory.limit -= RESET_MEMORY;
  }
  host->was_interrupted = was_interrupted;
  host->was_lengthy = was_lengthy;
}

bool pg_is_prelude(const lua_Debug *frame) {
  return strncmp(frame->source, PG_PRELUDE_CHUNK, sizeof PG_PRELUDE_CHUNK - 1) == 0;
}

// Pushes `file:line: ` of the innermost call that is a script's. stack: … → … text
static void push_position(lua_State *L) {
  lua_Debug frame;
  for (int level = 0; lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sl", &frame);
    if (frame.currentline <= 0 || pg_is_prelude(&frame)) continue;
    lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
    return;
  }
  lua_pushliteral(L, "");
}

int pg_script_error(lua_State *L, const char *format, ...) {
  va_list arguments;
  luaL_checkstack(L, 8, "error");
  push_position(L);
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  lua_concat(L, 2);
  return lua_error(L);
}

// host.where() -> "file:line: ", of the script
static int host_where(lua_State *L) {
  push_position(L);
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

const luaL_Reg pg_prelude_functions[] = {{"where", host_where},     {"fail", host_fail},
                                         {"touch", host_touch},     {"loading", host_loading},
                                         {"ack", host_ack},         {"refuse", host_refuse},
                                         {"log", host_log},         {"keep", host_keep},
                                         {"keep_due", host_keep_due}, {NULL, NULL}};
