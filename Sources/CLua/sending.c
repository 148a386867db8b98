// What self:volatile(), self:latest(key) and self:timeout(seconds) answer: a client and the way to
// send to it. It never changes; each step makes a new one.
#include "send.h"

#define SENDING_META "perigee.sending"

typedef struct sending {
  uint64_t socket;
  double seconds;
  pg_manner manner;
  char key[];
} sending;

void pg_push_sending(lua_State *L, uint64_t socket, double seconds, pg_manner manner) {
  sending *made = lua_newuserdatauv(L, sizeof *made + manner.key_length, 0);
  *made = (sending){socket, seconds, pg_manner_kept(manner, made->key)};
  luaL_setmetatable(L, SENDING_META);
}

static const sending *check(lua_State *L) { return luaL_checkudata(L, 1, SENDING_META); }

static int sending_emit(lua_State *L) {
  const sending *way = check(L);
  return pg_emit(L, pg_socket_find(pg_host_of(L), way->socket), &way->manner, 2);
}

static int sending_emit_with_ack(lua_State *L) {
  const sending *way = check(L);
  pg_check_askable(L, &way->manner);
  pg_socket *socket = pg_socket_find(pg_host_of(L), way->socket);
  return pg_emit_with_ack(L, socket, way->seconds, way->manner.is_volatile, 2);
}

static int sending_volatile(lua_State *L) {
  const sending *way = check(L);
  pg_push_sending(L, way->socket, way->seconds, (pg_manner){.is_volatile = true});
  return 1;
}

static int sending_latest(lua_State *L) {
  const sending *way = check(L);
  pg_push_sending(L, way->socket, way->seconds, pg_check_latest(L, 2));
  return 1;
}

static int sending_timeout(lua_State *L) {
  const sending *way = check(L);
  pg_push_sending(L, way->socket, pg_check_timeout(L, 2), way->manner);
  return 1;
}

void pg_sending_open(lua_State *L) {
  static const luaL_Reg methods[] = {{"emit", sending_emit},
                                     {"emit_with_ack", sending_emit_with_ack},
                                     {"volatile", sending_volatile},
                                     {"latest", sending_latest},
                                     {"timeout", sending_timeout},
                                     {NULL, NULL}};
  luaL_newmetatable(L, SENDING_META);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "sending");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
