// Base functions that differ from the stock ones, so that no script outlives its budget or leaves
// its sandbox through them.
#include "collector.h"
#include "generation.h"
#include "node.h"
#include "sandbox.h"

// The script's message handler must not run once the run is to stop: hooks are off inside it.
static int guarded_handler(lua_State *L) {
  if (pg_host_of(L)->interrupt != PG_RUNNING) return 1;
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

// stack: function handler true results… | … error
static int protected_returned(lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - 2;
  lua_pushboolean(L, 0);
  lua_pushvalue(L, -2);
  return 2;
}

static int base_xpcall(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, guarded_handler, 1);
  lua_replace(L, 2);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);  // stack: function handler true function arguments…
  int status = lua_pcallk(L, count - 2, LUA_MULTRET, 2, 0, protected_returned);
  return protected_returned(L, status, 0);
}

static int base_setmetatable(lua_State *L) {
  int type = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
    return luaL_error(L, "cannot change a protected metatable");
  }
  if (type == LUA_TTABLE) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "__gc is not available to scripts");
  }
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

// The marks of JSON arrays and objects do not count as metatables.
static int base_getmetatable(lua_State *L) {
  pg_host *host = pg_host_of(L);
  luaL_checkany(L, 1);
  if (!lua_getmetatable(L, 1)) {
    lua_pushnil(L);
    return 1;
  }
  const void *meta = lua_topointer(L, -1);
  if (meta == host->array_meta || meta == host->object_meta) {
    lua_pushnil(L);
    return 1;
  }
  lua_getfield(L, -1, "__metatable");
  if (lua_isnil(L, -1)) lua_pop(L, 1);
  return 1;
}

static int base_collectgarbage(lua_State *L) {
  static const char *const options[] = {"collect", "count", "step", NULL};
  switch (luaL_checkoption(L, 1, "collect", options)) {
    case 0:
      lua_pushinteger(L, lua_gc(L, LUA_GCCOLLECT));
      return 1;
    case 1:
      lua_pushnumber(L, (lua_Number)pg_host_of(L)->memory.used / 1024);
      return 1;
    default:
      lua_pushboolean(L, pg_collector_step(L));
      return 1;
  }
}

// Gathers the pieces that the function at slot 1 answers. stack: … → … text
static void gather_chunk(lua_State *L) {
  luaL_Buffer text;
  size_t total = 0;
  luaL_buffinit(L, &text);
  for (;;) {
    pg_check_interrupt(L, pg_host_of(L));
    lua_pushvalue(L, 1);
    lua_call(L, 0, 1);
    size_t length = 0;
    if (lua_isnil(L, -1) || (lua_isstring(L, -1) && (lua_tolstring(L, -1, &length), length == 0))) {
      lua_pop(L, 1);
      break;
    }
    if (!lua_isstring(L, -1)) luaL_error(L, "reader function must return a string");
    total += length;
    if (total > PG_MAX_CHUNK) luaL_error(L, "the chunk is too long");
    luaL_addvalue(&text);
  }
  luaL_pushresult(&text);
}

// stack: chunk name mode environment
int pg_load_chunk(lua_State *L) {
  bool own_environment = !lua_isnone(L, 4);
  lua_settop(L, 4);
  if (lua_isfunction(L, 1)) {
    gather_chunk(L);
  } else {
    luaL_checkstring(L, 1);
    lua_pushvalue(L, 1);
  }
  size_t length;
  const char *source = lua_tolstring(L, 5, &length);
  if (length > PG_MAX_CHUNK) return luaL_error(L, "the chunk is too long");
  const char *name = luaL_optstring(L, 2, lua_isfunction(L, 1) ? "=(load)" : source);
  if (pg_load_text(L, source, length, name) != LUA_OK) {
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  lua_pushvalue(L, own_environment ? 4 : lua_upvalueindex(1));
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
  return 1;
}

// The raw functions see what a table of a model shows, never what it is made of.
static void show_content(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!pg_is_node(L, pg_host_of(L), 1)) return;
  pg_push_content(L, 1);
  lua_replace(L, 1);
}

static int base_next(lua_State *L) {
  show_content(L);
  lua_settop(L, 2);
  return lua_next(L, 1) ? 2 : (lua_pushnil(L), 1);
}

static int base_rawget(lua_State *L) {
  show_content(L);
  luaL_checkany(L, 2);
  lua_settop(L, 2);
  lua_rawget(L, 1);
  return 1;
}

static int base_rawlen(lua_State *L) {
  if (lua_istable(L, 1)) show_content(L);
  luaL_argexpected(L, lua_istable(L, 1) || lua_isstring(L, 1), 1, "table or string");
  lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
  return 1;
}

static int base_rawset(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  luaL_checkany(L, 3);
  if (pg_is_node(L, pg_host_of(L), 1)) {
    return luaL_error(L, "a table of a model cannot be set by rawset");
  }
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 1;
}

const luaL_Reg pg_base_functions[] = {{"xpcall", base_xpcall},
                                      {"next", base_next},
                                      {"rawget", base_rawget},
                                      {"rawlen", base_rawlen},
                                      {"rawset", base_rawset},
                                      {"setmetatable", base_setmetatable},
                                      {"getmetatable", base_getmetatable},
                                      {"collectgarbage", base_collectgarbage},
                                      {NULL, NULL}};
