// The class of a script's `self` tables: the methods that every client has, then what the script
// defines. generation.c makes one for each script that has run.
#include "generation.h"

// Finds what a script defined as a global, so that self:name() works without a table of handlers,
// but none of the built-in ones. Upvalues: globals, globals as they were in the beginning.
static int global_of_self(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(2));
  if (lua_rawequal(L, -1, -2)) {
    lua_pushnil(L);
  } else {
    lua_pushvalue(L, 3);
  }
  return 1;
}

void pg_push_own_globals(lua_State *L) { lua_pushcclosure(L, global_of_self, 2); }

void pg_make_class(lua_State *L, pg_script *script) {
  lua_createtable(L, 0, 16);  // stack: … fallback methods
  luaL_setfuncs(L, pg_self_methods, 0);
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_createtable(L, 0, 3);  // stack: … fallback methods class
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "socket");
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "socket");
  lua_setfield(L, -2, "__metatable");
  script->class_ = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pop(L, 2);
}
