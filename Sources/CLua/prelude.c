// The prelude's environment, its hooks, and what follows a run that touched something it keeps.
#include "prelude.h"

#include <stdarg.h>
#include <stdio.h>

#include "api.h"
#include "sandbox.h"

// Memory that `reset` and `abandon` may use when there is none left.
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
  pg_push_json(L);
  lua_setfield(L, -2, "json");
  lua_rawseti(L, -2, HOST);
  pg_push_globals(L, host);
  lua_rawseti(L, -2, ENVIRONMENT);
  host->prelude = luaL_ref(L, LUA_REGISTRYINDEX);
  pg_prelude_add(L, host, pg_prelude_functions);
}

void pg_prelude_add(lua_State *L, pg_host *host, const luaL_Reg *functions) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->prelude);
  lua_rawgeti(L, -1, HOST);
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 2);
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

bool pg_call_watched(pg_host *host, const char *name, int64_t budget) {
  lua_State *L = host->L;
  pg_outbox_begin_run(&host->outbox, host->limits.outbox_bytes);
  pg_run_begin_watch(host, L, budget, 0);
  bool good = pg_call_hook(host, name);
  pg_run_end_watch(host);
  lua_sethook(L, NULL, 0, 0);
  return good;
}

void pg_prelude_commit(pg_host *host) {
  bool was_interrupted = host->was_interrupted, was_lengthy = host->was_lengthy;
  host->touched = false;
  if (!pg_call_watched(host, "commit", host->limits.event_nanoseconds)) {
    // It takes no longer than the changes took that it is about.
    host->memory.limit += RESET_MEMORY;
    if (!pg_call_watched(host, "reset", host->limits.load_nanoseconds)) host->touched = true;
    host->memory.limit -= RESET_MEMORY;
  }
  host->was_interrupted = was_interrupted;
  host->was_lengthy = was_lengthy;
}

void pg_prelude_abandon(pg_host *host) {
  host->memory.limit += RESET_MEMORY;
  pg_call_hook(host, "abandon");
  host->memory.limit -= RESET_MEMORY;
}

bool pg_is_prelude(const lua_Debug *frame) {
  return strncmp(frame->source, PG_PRELUDE_CHUNK, sizeof PG_PRELUDE_CHUNK - 1) == 0;
}

void pg_push_position(lua_State *L) {
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
  pg_push_position(L);
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  lua_concat(L, 2);
  return lua_error(L);
}
