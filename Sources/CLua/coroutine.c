// The script's coroutine library. Unlike the stock one it keeps track of which coroutine runs, so
// that an interrupt follows every switch, and it keeps scripts off the coroutines of the host.
#include "sandbox.h"

static lua_State *check_coroutine(lua_State *L, int index) {
  lua_State *co = lua_tothread(L, index);
  luaL_argexpected(L, co != NULL, index, "coroutine");
  return co;
}

static lua_State *check_own_coroutine(lua_State *L, int index) {
  lua_State *co = check_coroutine(L, index);
  if (pg_is_run(co)) luaL_argerror(L, index, "this coroutine carries a handler; the host runs it");
  return co;
}

#define FAILED (-1)
#define PAUSED (-2)

// Resumes `co` with `count` values from the top of L. Returns how many results it pushed, FAILED
// with an error value pushed, or PAUSED: then L must pause too, and resume `co` when it goes on.
// stack: … v1 … vn → … results | error
static int resume(lua_State *L, lua_State *co, int count) {
  pg_host *host = pg_host_of(L);
  if (!lua_checkstack(co, count)) {
    lua_pushliteral(L, "too many arguments to resume");
    return FAILED;
  }
  lua_xmove(L, co, count);
  int results = 0;
  int pins = lua_isyieldable(L) ? 0 : 1;
  host->pinned += pins;
  pg_enter(host, co);
  int status = lua_resume(co, L, count, &results);
  host->pinned -= pins;
  if (status == LUA_YIELD && host->paused) return PAUSED;
  pg_enter(host, L);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return FAILED;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(co, results);
    lua_pushliteral(L, "too many results to resume");
    return FAILED;
  }
  lua_xmove(co, L, results);
  return results;
}

// The rest of co_resume; the continuation after a pause, too.
static int resume_first(lua_State *L, int status, lua_KContext count) {
  (void)status;
  int results = resume(L, lua_tothread(L, 1), (int)count);
  if (results == PAUSED) return lua_yieldk(L, 0, 0, resume_first);
  lua_pushboolean(L, results >= 0);
  if (results < 0) results = 1;
  lua_insert(L, -(results + 1));
  return results + 1;
}

static int co_resume(lua_State *L) {
  check_own_coroutine(L, 1);
  return resume_first(L, LUA_OK, lua_gettop(L) - 1);
}

// Lua does not count how deep coroutines are that are closed by what others have to close.
#define MOST_CLOSING 100

// Runs what the coroutine still has to close, with the interrupt following it there. On an error the
// error value is on top of `co`.
static int reset(lua_State *L, lua_State *co) {
  pg_host *host = pg_host_of(L);
  if (host->closing >= MOST_CLOSING) {
    lua_pushliteral(co, "too many coroutines are closed by one another");
    return LUA_ERRRUN;
  }
  if (pg_died_in_hook(co)) {
    lua_pushliteral(co, "the coroutine was stopped by its budget");
    return LUA_ERRRUN;
  }
  pg_enter(host, co);
  host->closing++;
  int status = lua_resetthread(co);
  host->closing--;
  pg_enter(host, L);
  return status;
}

// The rest of `wrapped`; the continuation after a pause, too.
static int resume_wrapped(lua_State *L, int unused, lua_KContext count) {
  (void)unused;
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int results = resume(L, co, (int)count);
  if (results == PAUSED) return lua_yieldk(L, 0, 0, resume_wrapped);
  if (results >= 0) return results;
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    if (reset(L, co) != LUA_OK) lua_xmove(co, L, 1);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int wrapped(lua_State *L) { return resume_wrapped(L, LUA_OK, lua_gettop(L)); }

static int co_create(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  return 1;
}

static int co_wrap(lua_State *L) {
  co_create(L);
  lua_pushcclosure(L, wrapped, 1);
  return 1;
}

static int co_yield(lua_State *L) {
  if (pg_is_run(L)) return luaL_error(L, "attempt to yield from outside a coroutine");
  return lua_yield(L, lua_gettop(L));
}

static const char *status_of(lua_State *L, lua_State *co) {
  if (L == co) return "running";
  switch (lua_status(co)) {
    case LUA_YIELD: return "suspended";
    case LUA_OK: {
      lua_Debug frame;
      if (lua_getstack(co, 0, &frame)) return "normal";
      return lua_gettop(co) == 0 ? "dead" : "suspended";
    }
    default: return "dead";
  }
}

static int co_status(lua_State *L) {
  lua_pushstring(L, status_of(L, check_coroutine(L, 1)));
  return 1;
}

static int co_running(lua_State *L) {
  bool main = lua_pushthread(L);
  lua_pushboolean(L, main || pg_is_run(L));
  return 2;
}

static int co_isyieldable(lua_State *L) {
  lua_State *co = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
  lua_pushboolean(L, !pg_is_run(co) && lua_isyieldable(co));
  return 1;
}

static int co_close(lua_State *L) {
  lua_State *co = check_own_coroutine(L, 1);
  const char *status = status_of(L, co);
  if (*status != 'd' && *status != 's') {
    return luaL_error(L, "cannot close a %s coroutine", status);
  }
  if (reset(L, co) == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return 2;
}

const luaL_Reg pg_coroutine_functions[] = {
    {"create", co_create},   {"resume", co_resume},   {"wrap", co_wrap},
    {"yield", co_yield},     {"status", co_status},   {"running", co_running},
    {"close", co_close},     {"isyieldable", co_isyieldable}, {NULL, NULL}};
