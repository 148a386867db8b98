// The values that JSON needs and Lua lacks: null, marked arrays and objects, binary.
#include "json.h"

void pg_push_null(lua_State *L) { lua_pushlightuserdata(L, NULL); }

bool pg_is_null(lua_State *L, int index) { return lua_type(L, index) == LUA_TLIGHTUSERDATA; }

static void mark(lua_State *L, int reference) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
  lua_setmetatable(L, -2);
}

void pg_mark_array(lua_State *L, pg_host *host) { mark(L, host->array_ref); }

void pg_mark_object(lua_State *L, pg_host *host) { mark(L, host->object_ref); }

void pg_push_binary(lua_State *L, pg_host *host, const void *bytes, size_t length) {
  lua_createtable(L, 0, 1);  // stack: binary
  lua_pushlstring(L, bytes, length);
  lua_setfield(L, -2, "data");
  mark(L, host->binary_ref);
}

// The bytes behind a string or a binary value at `index`. stack: … → … string
static const char *push_bytes(lua_State *L, int index, size_t *length) {
  if (lua_istable(L, index)) {
    lua_pushliteral(L, "data");
    lua_rawget(L, index);
  } else {
    lua_pushvalue(L, index);
  }
  if (!lua_isstring(L, -1)) luaL_error(L, "expected a string or a binary value");
  return lua_tolstring(L, -1, length);
}

const char *pg_check_bytes(lua_State *L, int index, size_t *length) {
  if (!lua_istable(L, index)) return luaL_checklstring(L, index, length);
  luaL_checkstack(L, 2, "bytes");
  const char *bytes = push_bytes(L, index, length);
  lua_replace(L, index);  // so that the string outlives this call
  return bytes;
}

static int binary_tostring(lua_State *L) {
  size_t length;
  push_bytes(L, 1, &length);
  return 1;
}

static int binary_length(lua_State *L) {
  size_t length;
  push_bytes(L, 1, &length);
  lua_pushinteger(L, (lua_Integer)length);
  return 1;
}

static int binary_equal(lua_State *L) {
  size_t length;
  push_bytes(L, 1, &length);
  push_bytes(L, 2, &length);
  lua_pushboolean(L, lua_rawequal(L, -1, -2));
  return 1;
}

static int binary_concat(lua_State *L) {
  size_t length;
  push_bytes(L, 1, &length);
  push_bytes(L, 2, &length);
  lua_concat(L, 2);
  const char *bytes = lua_tolstring(L, -1, &length);
  pg_push_binary(L, pg_host_of(L), bytes, length);
  return 1;
}

static int null_tostring(lua_State *L) {
  lua_pushliteral(L, "null");
  return 1;
}

// Makes a metatable that scripts cannot reach. stack: … → … table
static const void *keep(lua_State *L, const char *name, int *reference) {
  lua_newtable(L);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  *reference = luaL_ref(L, LUA_REGISTRYINDEX);
  return lua_topointer(L, -1);
}

void pg_values_open(lua_State *L, pg_host *host) {
  static const luaL_Reg binary[] = {{"__tostring", binary_tostring},
                                    {"__len", binary_length},
                                    {"__eq", binary_equal},
                                    {"__concat", binary_concat},
                                    {NULL, NULL}};
  host->array_meta = keep(L, "array", &host->array_ref);
  host->object_meta = keep(L, "object", &host->object_ref);
  lua_pop(L, 2);
  host->binary_meta = keep(L, "binary", &host->binary_ref);
  luaL_setfuncs(L, binary, 0);
  lua_pushliteral(L, "binary");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  // Light userdata share one metatable; null is the only one that scripts see.
  pg_push_null(L);
  lua_newtable(L);
  lua_pushcfunction(L, null_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "null");
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
  pg_member_names_open(L, &host->member_names);
}
