// What scripts do with a namespace as a whole: perigee.NAME(…) means that of the handler at work,
// perigee.of(name):NAME(…) another one of the app.
#include "api.h"
#include "ask.h"
#include "patterns.h"
#include "presence.h"
#include "rooms.h"

#define PLACE_META "perigee.namespace"
#define MAX_HISTORY 1000000

static pg_reach everybody(const pg_namespace *ns) {
  return (pg_reach){.ns = ns};
}

static int act_emit(lua_State *L, const pg_namespace *ns, int first) {
  pg_reach reach = everybody(ns);
  pg_broadcast(L, &reach, 0, 0, first);
  return 0;
}

static int act_to(lua_State *L, const pg_namespace *ns, int first) {
  pg_push_target(L, everybody(ns), first, false);
  return 1;
}

static int act_except(lua_State *L, const pg_namespace *ns, int first) {
  pg_push_target(L, everybody(ns), first, true);
  return 1;
}

static int act_everyone(lua_State *L, const pg_namespace *ns, int first) {
  (void)first;
  pg_push_everyone(L, everybody(ns));
  return 1;
}

static int act_volatile(lua_State *L, const pg_namespace *ns, int first) {
  (void)first;
  pg_reach reach = everybody(ns);
  reach.manner.is_volatile = true;
  pg_push_everyone(L, reach);
  return 1;
}

static int act_latest(lua_State *L, const pg_namespace *ns, int first) {
  pg_reach reach = everybody(ns);
  reach.manner = pg_check_latest(L, first);
  pg_push_everyone(L, reach);
  return 1;
}

static int act_publish(lua_State *L, const pg_namespace *ns, int first) {
  luaL_checkany(L, first + 1);
  pg_publish(L, ns, first + 1);
  return 0;
}

static int act_publish_with_ack(lua_State *L, const pg_namespace *ns, int first) {
  luaL_checkany(L, first + 1);
  return pg_publish_with_ack(L, ns, first + 1);
}

// Reads the number `name` of the options at `index` into `*value`, if it is there.
static void read_option(lua_State *L, int index, const char *name, double most, double *value) {
  lua_getfield(L, index, name);
  if (!lua_isnil(L, -1)) {
    *value = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
    if (!(*value >= 0 && *value <= most)) {
      luaL_error(L, "%s must be a number from 0 to %I", name, (lua_Integer)most);
    }
  }
  lua_pop(L, 1);
}

static void check_options(lua_State *L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    if (strcmp(key, "size") != 0 && strcmp(key, "age") != 0 && strcmp(key, "durable") != 0) {
      luaL_error(L, "a history has no \"%s\", but size, age and durable", key);
    }
    lua_pop(L, 1);
  }
}

// Whether the options at `index` want the history durable: 1, 0, or -1 when they do not say.
static int check_durable(lua_State *L, int index) {
  lua_getfield(L, index, "durable");
  if (!lua_isnil(L, -1) && !lua_isboolean(L, -1)) luaL_error(L, "durable must be true or false");
  int durable = lua_isnil(L, -1) ? -1 : lua_toboolean(L, -1);
  lua_pop(L, 1);
  if (durable == 1 && !pg_host_of(L)->keeps_history) {
    luaL_error(L, "a durable history needs a database, but storage.path in perigee.toml is empty");
  }
  return durable;
}

static int act_history(lua_State *L, const pg_namespace *ns, int first) {
  pg_outbox *outbox = &pg_host_of(L)->outbox;
  size_t length;
  double size = -1, age = -1;
  const char *channel = pg_check_name(L, first, &length);
  check_options(L, first + 1);
  read_option(L, first + 1, "size", MAX_HISTORY, &size);
  read_option(L, first + 1, "age", PG_MAX_SECONDS, &age);
  if (size != (double)(int64_t)size) luaL_error(L, "size must be a whole number");
  int durable = check_durable(L, first + 1);
  pg_draft_begin(outbox);
  pg_span name = pg_draft_text(L, outbox, channel, length);
  pg_draft_commit(L, outbox,
                  (pg_command){.kind = PG_HISTORY,
                               .name_space = ns->index,
                               .name = name,
                               .number = (int64_t)size,
                               .ack = durable,
                               .duration = age});
  return 0;
}

// The client with an id, if it is let in. stack: … → … self | nil
static int act_socket(lua_State *L, const pg_namespace *ns, int first) {
  pg_host *host = pg_host_of(L);
  size_t length;
  const char *id = luaL_checklstring(L, first, &length);
  pg_check_serving(L, "socket");
  pg_named *found = pg_names_find(&host->names, &ns->sockets, id, length);
  pg_socket *socket = found != NULL ? pg_socket_of_name(found) : NULL;
  if (socket != NULL && socket->state == PG_ACCEPTED) {
    pg_push_self(L, host, socket);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

static bool is_populated(const pg_room *room) {
  const pg_member *member = room->members;
  while (member != NULL && member->socket->state != PG_ACCEPTED) member = member->next;
  return member != NULL;
}

static int act_rooms(lua_State *L, const pg_namespace *ns, int first) {
  (void)first;
  pg_host *host = pg_host_of(L);
  lua_newtable(L);
  pg_mark_array(L, host);
  lua_Integer count = 0;
  for (const pg_room *room = ns->rooms; room != NULL; room = room->next) {
    pg_check_interrupt(L, host);
    if (!is_populated(room)) continue;
    lua_pushlstring(L, room->name, room->named.length);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

static int act_server_emit(lua_State *L, const pg_namespace *ns, int first) {
  pg_tell_nodes(L, ns, first);
  return 0;
}

static const struct {
  const char *name;
  int (*act)(lua_State *L, const pg_namespace *ns, int first);
} actions[] = {{"emit", act_emit},         {"to", act_to},
               {"in_rooms", act_to},       {"except", act_except},
               {"everyone", act_everyone}, {"volatile", act_volatile},
               {"latest", act_latest},     {"publish", act_publish},
               {"publish_with_ack", act_publish_with_ack},
               {"history", act_history},   {"socket", act_socket},
               {"rooms", act_rooms},       {"presence", pg_presence},
               {"server_emit", act_server_emit},
               {"server_emit_with_ack", pg_ask_nodes}};
#define ACTIONS (sizeof actions / sizeof actions[0])

// perigee.NAME(…). Upvalues: the namespace that the module is bound to, which action.
static int act_here(lua_State *L) {
  lua_Integer which = lua_tointeger(L, lua_upvalueindex(2));
  return actions[which].act(L, pg_running_namespace(L, pg_bound_namespace(L)), 1);
}

// place:NAME(…). Upvalue: which action.
static int act_there(lua_State *L) {
  size_t length;
  luaL_checkudata(L, 1, PLACE_META);
  lua_getiuservalue(L, 1, 1);
  const char *name = lua_tolstring(L, -1, &length);
  const pg_namespace *ns = pg_served_namespace(L, name, length);
  lua_pop(L, 1);
  return actions[lua_tointeger(L, lua_upvalueindex(1))].act(L, ns, 2);
}

// perigee.of(name)
static int api_of(lua_State *L) {
  size_t length;
  const char *name = luaL_checklstring(L, 1, &length);
  pg_check_served(L, name, length);
  lua_newuserdatauv(L, 0, 1);
  luaL_setmetatable(L, PLACE_META);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  return 1;
}

void pg_set_namespace_functions(lua_State *L, const pg_namespace *ns) {
  for (size_t i = 0; i < ACTIONS; i++) {
    lua_pushlightuserdata(L, (void *)ns);
    lua_pushinteger(L, (lua_Integer)i);
    lua_pushcclosure(L, act_here, 2);
    lua_setfield(L, -2, actions[i].name);
  }
  lua_pushcfunction(L, api_of);
  lua_setfield(L, -2, "of");
}

void pg_namespace_api_open(lua_State *L) {
  luaL_newmetatable(L, PLACE_META);
  lua_createtable(L, 0, ACTIONS);
  for (size_t i = 0; i < ACTIONS; i++) {
    lua_pushinteger(L, (lua_Integer)i);
    lua_pushcclosure(L, act_there, 1);
    lua_setfield(L, -2, actions[i].name);
  }
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "namespace");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
