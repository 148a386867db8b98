// Sockets and sessions as the scripts know them: plain C records by number, with the Lua tables
// `self` and `session` made when a handler first needs them.
#include "socket.h"

#include <stdlib.h>

#include "patterns.h"
#include "presence.h"
#include "rooms.h"
#include "run.h"

static const char handle_key;  // its address is the hidden key in each `self`

pg_socket *pg_socket_find(pg_host *host, uint64_t handle) {
  pg_run *run = host->run;
  if (run != NULL && run->socket != NULL && run->socket->handle == handle) return run->socket;
  return pg_map_get(&host->sockets, handle);
}

static pg_session *join_session(pg_host *host, uint64_t key) {
  pg_session *session = pg_map_get(&host->sessions, key);
  if (session == NULL) {
    session = calloc(1, sizeof *session);
    if (session == NULL) return NULL;
    session->key = key;
    session->table = LUA_NOREF;
    if (!pg_map_add(&host->sessions, key, session)) {
      free(session);
      return NULL;
    }
  }
  session->sockets++;
  return session;
}

static void leave_session(pg_host *host, pg_session *session) {
  if (--session->sockets > 0) return;
  pg_map_remove(&host->sessions, session->key);
  luaL_unref(host->L, LUA_REGISTRYINDEX, session->table);
  free(session);
}

static pg_socket *make_socket(uint64_t handle, const char *id) {
  size_t length = strlen(id);
  pg_socket *socket = calloc(1, sizeof *socket + length + 1);
  if (socket == NULL) return NULL;
  socket->handle = handle;
  socket->self = socket->aliases = socket->presences = LUA_NOREF;
  memcpy(socket->id, id, length + 1);
  return socket;
}

static bool enter(pg_host *host, pg_socket *socket, pg_namespace *ns, uint64_t session) {
  // Session 0 would not be a key; each such socket has a session of its own then.
  socket->session = join_session(host, session != 0 ? session : socket->handle | (uint64_t)1 << 63);
  if (socket->session == NULL) return false;
  if (pg_map_add(&host->sockets, socket->handle, socket)) {
    if (pg_names_add(&host->names, &socket->named, &ns->sockets, socket->id, strlen(socket->id))) {
      pg_namespace_enter(ns, socket);
      return true;
    }
    pg_map_remove(&host->sockets, socket->handle);
  }
  leave_session(host, socket->session);
  return false;
}

bool pg_open(pg_host *host, uint64_t handle, const char *name_space, const char *script,
             const char *id, uint64_t session) {
  if (host->busy || handle == 0 || pg_map_get(&host->sockets, handle) != NULL) return false;
  const pg_namespace *owner = pg_namespace_find(host, script, strlen(script));
  pg_namespace *ns = owner != NULL ? pg_namespace_of_script(host, name_space, owner) : NULL;
  pg_socket *socket = ns != NULL ? make_socket(handle, id) : NULL;
  if (socket == NULL) return false;
  socket->owner = owner;
  if (enter(host, socket, ns, session)) return true;
  free(socket);
  return false;
}

pg_script *pg_socket_script(pg_host *host, pg_socket *socket) {
  pg_generation *serving = host->serving;
  if (serving == NULL) return NULL;
  if (socket->script_generation != serving->number) {
    socket->script_generation = serving->number;
    socket->script = pg_script_serving(serving, socket->ns, socket->owner);
  }
  return socket->script;
}

static void push_session(lua_State *L, pg_session *session) {
  if (session->table == LUA_NOREF) {
    lua_newtable(L);
    session->table = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, session->table);
}

static void set_handle(lua_State *L, const pg_socket *socket) {
  lua_pushinteger(L, (lua_Integer)socket->handle);
  lua_rawsetp(L, -2, &handle_key);
}

// A table that becomes the handshake when somebody looks into it. stack: … → … table
static void push_handshake(lua_State *L, pg_host *host, const pg_socket *socket) {
  lua_createtable(L, 0, 1);
  set_handle(L, socket);
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->handshake_ref);
  lua_setmetatable(L, -2);
}

// The fields that the script set itself go along into the new generation's `self`.
// stack: … new → … new
static void copy_fields(lua_State *L, int old_reference) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, old_reference);
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
}

static void fill_self(lua_State *L, pg_host *host, pg_socket *socket) {
  set_handle(L, socket);
  lua_pushstring(L, socket->id);
  lua_setfield(L, -2, "id");
  lua_pushlstring(L, socket->ns->name, socket->ns->length);
  lua_setfield(L, -2, "namespace");
  push_session(L, socket->session);
  lua_setfield(L, -2, "session");
  push_handshake(L, host, socket);
  lua_setfield(L, -2, "handshake");
  lua_pushboolean(L, socket->recovered);
  lua_setfield(L, -2, "recovered");
}

void pg_push_self(lua_State *L, pg_host *host, pg_socket *socket) {
  pg_script *script = pg_socket_script(host, socket);
  if (script == NULL) {
    lua_pushnil(L);
    return;
  }
  if (socket->generation == host->serving->number) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, socket->self);
    return;
  }
  luaL_checkstack(L, 8, "self");
  lua_createtable(L, 0, 8);
  if (socket->self == LUA_NOREF) {
    fill_self(L, host, socket);
  } else {
    copy_fields(L, socket->self);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, script->class_);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  int reference = luaL_ref(L, LUA_REGISTRYINDEX);
  luaL_unref(L, LUA_REGISTRYINDEX, socket->self);
  socket->self = reference;
  socket->self_address = lua_topointer(L, -1);
  socket->generation = host->serving->number;
}

void pg_mark_recovered(lua_State *L, pg_host *host, pg_socket *socket) {
  pg_push_self(L, host, socket);
  if (lua_istable(L, -1)) {
    lua_pushliteral(L, "recovered");
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
}

pg_socket *pg_socket_at_work(lua_State *L, int index) {
  const pg_run *run = pg_host_of(L)->run;
  pg_socket *socket = run != NULL ? run->socket : NULL;
  if (socket == NULL || socket->self_address == NULL) return NULL;
  return socket->self_address == lua_topointer(L, index) ? socket : NULL;
}

uint64_t pg_handle_at(lua_State *L, int index) {
  const pg_socket *socket = pg_socket_at_work(L, index);
  if (socket != NULL) return socket->handle;
  if (!lua_istable(L, index)) return 0;
  lua_rawgetp(L, index, &handle_key);
  lua_Integer handle = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return (uint64_t)handle;
}

void pg_handle_clear(lua_State *L, int index) {
  index = lua_absindex(L, index);
  lua_pushnil(L);
  lua_rawsetp(L, index, &handle_key);
}

void pg_socket_free(pg_host *host, pg_socket *socket) {
  pg_map_remove(&host->sockets, socket->handle);
  pg_names_remove(&host->names, &socket->named);
  pg_rooms_leave(host, socket);
  pg_namespace_leave(host, socket);
  luaL_unref(host->L, LUA_REGISTRYINDEX, socket->self);
  luaL_unref(host->L, LUA_REGISTRYINDEX, socket->aliases);
  pg_presence_leave(host, socket);
  leave_session(host, socket->session);
  free(socket->exchange);
  free(socket);
}

void pg_socket_release(pg_host *host, pg_socket *socket) {
  if (socket->state != PG_CLOSED || socket->runs > 0) return;
  socket->runs++;  // until those who wait for its acks have learned that there will be none
  pg_run_wake_socket(host, socket);
  if (--socket->runs > 0) return;
  pg_timers_cancel_socket(host, socket);
  pg_socket_free(host, socket);
}

void pg_sockets_free(pg_host *host) {
  for (size_t i = 0; i < host->sockets.capacity; i++) {
    pg_socket *socket = host->sockets.values[i];
    if (socket != NULL) {
      pg_rooms_leave(host, socket);
      free(socket->exchange);
    }
    free(socket);
  }
  for (size_t i = 0; i < host->sessions.capacity; i++) free(host->sessions.values[i]);
  pg_map_free(&host->sockets);
  pg_map_free(&host->sessions);
}
