// perigee.json: encode, decode, null, array, object.
#include "api.h"
#include "node.h"

// What is kept of a long text's room.
#define KEEP ((size_t)64 << 10)

static int json_encode(lua_State *L) {
  pg_host *host = pg_host_of(L);
  luaL_checkany(L, 1);
  pg_buffer *out = &host->encoded;
  pg_buffer_reset(out, KEEP);
  pg_encoder e = pg_encode_begin(L, host, out, host->limits.outbox_bytes);
  pg_encode_value(&e, 1);
  lua_pushlstring(L, (const char *)out->bytes, out->used);
  return 1;
}

static int json_decode(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  pg_decoder d = pg_decode_begin(L, pg_host_of(L), text, length);
  pg_decode_space(&d);
  if (!pg_decode_value(&d) || !pg_decode_finished(&d)) {
    return luaL_error(L, "invalid JSON at byte %d: %s", (int)(d.at - d.start) + 1, d.error);
  }
  return 1;
}

static void table_argument(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  // A table of a model says itself what it is; a copy may be something else.
  if (pg_is_node(L, pg_host_of(L), 1)) pg_push_plain(L, 1);
}

static int json_array(lua_State *L) {
  table_argument(L);
  pg_mark_array(L, pg_host_of(L));
  return 1;
}

static int json_object(lua_State *L) {
  table_argument(L);
  pg_mark_object(L, pg_host_of(L));
  return 1;
}

void pg_push_json(lua_State *L) {
  static const luaL_Reg functions[] = {{"encode", json_encode},
                                       {"decode", json_decode},
                                       {"array", json_array},
                                       {"object", json_object},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
  pg_push_null(L);
  lua_setfield(L, -2, "null");
}
