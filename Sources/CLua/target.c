// Targets: rooms to reach and rooms to spare, with methods to send to whoever they reach, to ask
// them, and to move them about. A target never changes; each step makes a new one.
#include "ask.h"
#include "patterns.h"
#include "rooms.h"
#include "send.h"

#define TARGET_META "perigee.target"
// User values: lists of names, and the namespace's name if a target must not point to it for long.
enum { ROOMS = 1, EXCEPTED, NAME };

// Appends the names from slot `first` to slot `last` to the list on top. stack: … list → … list
static void append_names(lua_State *L, int first, int last) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  for (int i = first; i <= last; i++) {
    size_t length;
    pg_check_name(L, i, &length);
    lua_pushvalue(L, i);
    lua_rawseti(L, -2, ++count);
  }
}

// stack: … → … copy, of the user value `which` of the target at `from` (0: an empty list)
static void push_copy(lua_State *L, int from, int which) {
  lua_newtable(L);
  if (from == 0) return;
  lua_getiuservalue(L, from, which);
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -3, i);
  }
  lua_pop(L, 1);
}

// stack: … → … target, without rooms
static void push_plain(lua_State *L, pg_reach reach) {
  const pg_namespace *ns = reach.ns;
  luaL_checkstack(L, 6, "target");
  pg_reach *made = lua_newuserdatauv(L, sizeof *made + reach.manner.key_length, 3);
  *made = reach;
  made->manner = pg_manner_kept(reach.manner, (char *)(made + 1));
  luaL_setmetatable(L, TARGET_META);
  if (ns->own) return;
  made->ns = NULL;
  lua_pushlstring(L, ns->name, ns->length);
  lua_setiuservalue(L, -2, NAME);
}

// Makes a target like the one at `from` (0: none) with the names from slot `first` to `last`.
static void push_extended(lua_State *L, pg_reach reach, int from, int first, int last,
                          bool excepting) {
  push_plain(L, reach);
  for (int which = ROOMS; which <= EXCEPTED; which++) {
    push_copy(L, from, which);
    if ((which == EXCEPTED) == excepting) append_names(L, first, last);
    lua_setiuservalue(L, -2, which);
  }
}

void pg_push_target(lua_State *L, pg_reach reach, int first, bool excepting) {
  int last = lua_gettop(L);
  if (last < first) luaL_error(L, "name at least one room");
  push_extended(L, reach, 0, first, last, excepting);
}

void pg_push_everyone(lua_State *L, pg_reach reach) { push_extended(L, reach, 0, 1, 0, false); }

// What the target at slot 1 reaches; its namespace and its key are good for this call.
static pg_reach check_target(lua_State *L) {
  pg_reach reach = *(pg_reach *)luaL_checkudata(L, 1, TARGET_META);
  if (reach.ns != NULL) return reach;
  size_t length;
  lua_getiuservalue(L, 1, NAME);
  const char *name = lua_tolstring(L, -1, &length);
  reach.ns = pg_served_namespace(L, name, length);
  lua_pop(L, 1);
  return reach;
}

static int with_names(lua_State *L, bool excepting) {
  pg_reach reach = check_target(L);
  int last = lua_gettop(L);
  if (last < 2) luaL_error(L, "name at least one room");
  push_extended(L, reach, 1, 2, last, excepting);
  return 1;
}

static int target_to(lua_State *L) { return with_names(L, false); }

static int target_except(lua_State *L) { return with_names(L, true); }

static int target_volatile(lua_State *L) {
  pg_reach reach = check_target(L);
  reach.manner = (pg_manner){.is_volatile = true};
  push_extended(L, reach, 1, 1, 0, false);
  return 1;
}

static int target_latest(lua_State *L) {
  pg_reach reach = check_target(L);
  reach.manner = pg_check_latest(L, 2);
  push_extended(L, reach, 1, 1, 0, false);
  return 1;
}

static int target_timeout(lua_State *L) {
  pg_reach reach = check_target(L);
  reach.seconds = pg_check_timeout(L, 2);
  push_extended(L, reach, 1, 1, 0, false);
  return 1;
}

// Puts the lists below what follows the target. stack: target rest… → target rooms excepted rest…
static void spread(lua_State *L) {
  luaL_checkstack(L, 6, "target");
  lua_getiuservalue(L, 1, ROOMS);
  lua_getiuservalue(L, 1, EXCEPTED);
  lua_rotate(L, 2, 2);
}

static int target_emit(lua_State *L) {
  size_t length;
  pg_reach reach = check_target(L);
  pg_check_event(L, 2, &length);
  spread(L);
  pg_broadcast(L, &reach, 2, 3, 4);
  return 0;
}

static int target_emit_with_ack(lua_State *L) {
  size_t length;
  pg_reach reach = check_target(L);
  pg_check_event(L, 2, &length);
  pg_check_askable(L, &reach.manner);
  spread(L);
  // Where no other node is known, nothing has to go round by the host.
  return pg_host_of(L)->node_count > 0 ? pg_ask_for_acks(L, &reach, 2, 3, 4)
                                       : pg_broadcast_with_ack(L, &reach, 2, 3, 4);
}

static int target_fetch_sockets(lua_State *L) {
  pg_reach reach = check_target(L);
  lua_settop(L, 1);
  spread(L);
  return pg_ask_for_clients(L, &reach, 2, 3);
}

static int target_sockets(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_reach reach = check_target(L);
  pg_check_serving(L, "sockets");
  spread(L);
  size_t count;
  pg_socket **sockets = pg_select(L, &reach, 2, 3, &count);
  lua_createtable(L, (int)count, 0);
  lua_Integer listed = 0;
  for (size_t i = 0; i < count; i++) {
    pg_check_interrupt(L, host);
    pg_push_self(L, host, sockets[i]);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
    } else {
      lua_rawseti(L, -2, ++listed);
    }
  }
  return 1;
}

// Calls `change` for all that the target reaches, with each of the rooms that its arguments name, and
// has the other nodes do the same.
static int change_rooms(lua_State *L, pg_change_kind kind,
                        void (*change)(lua_State *, pg_socket *, int)) {
  pg_host *host = pg_host_of(L);
  size_t count, length;
  pg_reach reach = check_target(L);
  int last = lua_gettop(L) + 2;
  pg_check_name(L, 2, &length);
  for (int room = 3; room <= last - 2; room++) pg_check_name(L, room, &length);
  spread(L);
  pg_socket **sockets = pg_select(L, &reach, 2, 3, &count);
  for (size_t i = 0; i < count; i++) {
    pg_check_interrupt(L, host);
    for (int room = 4; room <= last; room++) change(L, sockets[i], room);
  }
  for (int room = 4; room <= last; room++) pg_spread_change(L, &reach, 2, 3, kind, room);
  return 0;
}

static int target_join(lua_State *L) { return change_rooms(L, PG_JOINS, pg_join); }

static int target_leave(lua_State *L) { return change_rooms(L, PG_LEAVES, pg_leave); }

static int target_disconnect(lua_State *L) {
  pg_reach reach = check_target(L);
  bool close = lua_toboolean(L, 2);
  pg_check_serving(L, "disconnect");
  spread(L);
  size_t count;
  pg_socket **sockets = pg_select(L, &reach, 2, 3, &count);
  for (size_t i = 0; i < count; i++) {
    pg_check_interrupt(L, pg_host_of(L));
    pg_queue_disconnect(L, sockets[i], close);
  }
  pg_spread_change(L, &reach, 2, 3, close ? PG_IS_CLOSED : PG_IS_DISCONNECTED, 0);
  return 0;
}

void pg_target_open(lua_State *L) {
  static const luaL_Reg methods[] = {{"to", target_to},
                                     {"in_rooms", target_to},
                                     {"except", target_except},
                                     {"volatile", target_volatile},
                                     {"latest", target_latest},
                                     {"timeout", target_timeout},
                                     {"emit", target_emit},
                                     {"emit_with_ack", target_emit_with_ack},
                                     {"sockets", target_sockets},
                                     {"fetch_sockets", target_fetch_sockets},
                                     {"join", target_join},
                                     {"leave", target_leave},
                                     {"disconnect", target_disconnect},
                                     {NULL, NULL}};
  luaL_newmetatable(L, TARGET_META);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "target");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
