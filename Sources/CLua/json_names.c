#include "json_names.h"

#include <lua5.4/lauxlib.h>

void pg_member_names_open(lua_State *L, pg_member_names *names) {
  lua_createtable(L, PG_NAME_SLOTS, 0);
  for (int i = 1; i <= PG_NAME_SLOTS; i++) {
    lua_pushboolean(L, 0);
    lua_rawseti(L, -2, i);
  }
  names->table = luaL_ref(L, LUA_REGISTRYINDEX);
}

void pg_keep_name(lua_State *L, pg_member_names *names, int table, const pg_read_name *name) {
  lua_pushlstring(L, (const char *)name->bytes, name->length);
  if (name->slot == NULL) return;
  // The place in the table exists, so that nothing raises between the two halves of the entry.
  lua_pushvalue(L, -1);
  lua_rawseti(L, table, name->slot - names->slots + 1);
  *name->slot = (pg_member_name){.words = name->words, .length = (uint16_t)(name->length + 1)};
}
