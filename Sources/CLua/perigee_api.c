// The built-in module `perigee`: time, timers, identifiers, and events that do not start from one
// client.
#define _GNU_SOURCE
#include <sys/random.h>
#include <time.h>

#include "api.h"
#include "ask.h"

static double clock_seconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int api_now(lua_State *L) {
  lua_pushnumber(L, clock_seconds(CLOCK_REALTIME));
  return 1;
}

static int api_monotonic(lua_State *L) {
  lua_pushnumber(L, clock_seconds(CLOCK_MONOTONIC));
  return 1;
}

// A random UUID, RFC 9562 version 4.
static int api_uuid(lua_State *L) {
  static const char hex[] = "0123456789abcdef";
  uint8_t bytes[16];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) luaL_error(L, "no random numbers");
  bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40);
  bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
  char text[36];
  size_t at = 0;
  for (size_t i = 0; i < sizeof bytes; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text[at++] = '-';
    text[at++] = hex[bytes[i] >> 4];
    text[at++] = hex[bytes[i] & 15];
  }
  lua_pushlstring(L, text, sizeof text);
  return 1;
}

static int slept(lua_State *L, int status, lua_KContext context) {
  (void)L;
  (void)status;
  (void)context;
  return 0;
}

static int api_sleep(lua_State *L) {
  double seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= PG_MAX_SECONDS, 1,
                "seconds between 0 and 1e9 expected");
  pg_check_suspendable(L, "perigee.sleep");
  pg_draft_begin(&pg_host_of(L)->outbox);
  pg_command command = {.kind = PG_SLEEP, .duration = seconds, .name_space = -1};
  return pg_run_suspend(L, PG_WAIT_SLEEP, command, slept);
}

// Such a timer outlives its client, so it belongs to the script's own namespace.
static const pg_namespace *timer_namespace(lua_State *L) {
  const pg_namespace *ns = pg_bound_namespace(L);
  pg_run *run = pg_host_of(L)->run;
  if (ns != NULL || run == NULL) return ns;
  return run->home != NULL ? run->home : run->ns;
}

static int api_after(lua_State *L) {
  return pg_timer_start(L, NULL, timer_namespace(L), 1, false);
}

static int api_every(lua_State *L) { return pg_timer_start(L, NULL, timer_namespace(L), 1, true); }

static int api_binary(lua_State *L) {
  size_t length;
  const char *bytes = luaL_checklstring(L, 1, &length);
  pg_push_binary(L, pg_host_of(L), bytes, length);
  return 1;
}

// Upvalue 1: the variables that the host allows.
static int api_env(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

// The nodes that serve the app, this one first.
static int api_nodes(lua_State *L) {
  const pg_host *host = pg_host_of(L);
  lua_createtable(L, (int)host->node_count + 1, 0);
  pg_mark_array(L, pg_host_of(L));
  pg_push_node(L, host->node);
  lua_rawseti(L, -2, 1);
  for (size_t i = 0; i < host->node_count; i++) {
    pg_push_node(L, host->nodes[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 2);
  }
  return 1;
}

static const luaL_Reg functions[] = {
    {"now", api_now},     {"monotonic", api_monotonic}, {"uuid", api_uuid},
    {"sleep", api_sleep}, {"after", api_after},         {"every", api_every},
    {"binary", api_binary}, {"cancel", pg_timer_cancel},
    {"nodes", api_nodes},   {NULL, NULL}};

void pg_push_perigee(lua_State *L, pg_host *host, const pg_namespace *ns, int environment) {
  lua_createtable(L, 0, 32);
  lua_pushlightuserdata(L, (void *)ns);
  luaL_setfuncs(L, functions, 1);
  pg_set_namespace_functions(L, ns);
  lua_pushvalue(L, environment);
  lua_pushcclosure(L, api_env, 1);
  lua_setfield(L, -2, "env");
  pg_push_log(L, ns);
  lua_setfield(L, -2, "log");
  pg_push_json(L);
  lua_setfield(L, -2, "json");
  pg_push_null(L);
  lua_setfield(L, -2, "null");
  pg_push_shared(L);
  lua_setfield(L, -2, "shared");
  lua_pushinteger(L, host->worker);
  lua_setfield(L, -2, "worker");
  lua_pushinteger(L, host->workers);
  lua_setfield(L, -2, "workers");
  lua_pushstring(L, host->app);
  lua_setfield(L, -2, "app");
  lua_pushstring(L, host->version);
  lua_setfield(L, -2, "version");
  pg_push_node(L, host->node);
  lua_setfield(L, -2, "node");
  if (ns == NULL) return;
  lua_pushlstring(L, ns->name, ns->length);
  lua_setfield(L, -2, "namespace");
}

int pg_reject(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 2);
  return pg_raise_rejection(L, 0);
}

int pg_raise_rejection(lua_State *L, lua_Integer status) {
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "message");
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "data");
  if (status != 0) {
    lua_pushinteger(L, status);
    lua_setfield(L, -2, "status");
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, pg_host_of(L)->reject_ref);
  lua_setmetatable(L, -2);
  return lua_error(L);
}

static int rejection_tostring(lua_State *L) {
  lua_getfield(L, 1, "message");
  return 1;
}

void pg_reject_open(lua_State *L, pg_host *host) {
  lua_newtable(L);
  lua_pushcfunction(L, rejection_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "rejection");
  lua_setfield(L, -2, "__metatable");
  host->reject_meta = lua_topointer(L, -1);
  host->reject_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}
