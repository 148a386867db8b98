// self.handshake: a table that asks the host for its content when a script first looks into it.
#include "handshake.h"

#include "json.h"
#include "node.h"
#include "socket.h"

// Replaces the promise at `index` by what the host answers. stack: unchanged
void pg_handshake_fill(lua_State *L, int index) {
  pg_host *host = pg_host_of(L);
  uint64_t socket = pg_handle_at(L, index);
  pg_handle_clear(L, index);
  lua_pushnil(L);
  lua_setmetatable(L, index);
  host->query_text.used = 0;
  if (!host->query(host->query_context, socket, &host->query_text)) return;
  pg_decoder d = pg_decode_begin(L, host, host->query_text.bytes, host->query_text.used);
  pg_decode_space(&d);
  if (!pg_decode_value(&d) || !lua_istable(L, -1)) luaL_error(L, "the handshake is not available");
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, index);
  }
  lua_pop(L, 1);
}

static int promise_index(lua_State *L) {
  pg_handshake_fill(L, 1);
  lua_settop(L, 2);
  lua_rawget(L, 1);
  return 1;
}

static int promise_newindex(lua_State *L) {
  pg_handshake_fill(L, 1);
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 0;
}

static int promise_next(lua_State *L) {
  // Scripts get this function from pairs, and may call it with anything.
  luaL_checktype(L, 1, LUA_TTABLE);
  if (pg_is_node(L, pg_host_of(L), 1)) return luaL_typeerror(L, 1, "handshake");
  lua_settop(L, 2);
  return lua_next(L, 1) ? 2 : (lua_pushnil(L), 1);
}

static int promise_pairs(lua_State *L) {
  pg_handshake_fill(L, 1);
  lua_pushcfunction(L, promise_next);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

void pg_handshake_open(lua_State *L, pg_host *host) {
  static const luaL_Reg methods[] = {{"__index", promise_index},
                                     {"__newindex", promise_newindex},
                                     {"__pairs", promise_pairs},
                                     {NULL, NULL}};
  luaL_newlib(L, methods);
  lua_pushliteral(L, "handshake");
  lua_setfield(L, -2, "__metatable");
  host->handshake_meta = lua_topointer(L, -1);
  host->handshake_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}
