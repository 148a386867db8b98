// How a client comes in, for the first time or again: the functions of `middleware` and then
// on_connect may each turn it away.
#include "dispatch.h"
#include "rooms.h"

// Stack slots while they are asked
enum { SELF = 1, AUTH, MIDDLEWARE, ON_CONNECT };

void pg_check_middleware(lua_State *L, const pg_script *script, const char *file) {
  pg_push_handler(L, script, "middleware", 10);
  if (lua_isnil(L, -1)) return;
  if (!lua_istable(L, -1)) {
    luaL_error(L, "%s: middleware must be a list of functions, not a %s", file,
               luaL_typename(L, -1));
  }
  size_t count = lua_rawlen(L, -1);
  lua_pushnil(L);
  for (size_t entries = 0; lua_next(L, -2); entries++) {
    if (!lua_isfunction(L, -1) || entries >= count) {
      luaL_error(L, "%s: middleware must be a list of functions, without a %s in it", file,
                 entries >= count ? "name or a gap" : luaL_typename(L, -1));
    }
    lua_pop(L, 1);
  }
}

// The host must hear of the decision before anything that the handlers sent, so that the client's
// CONNECT reply comes first. After a suspension earlier commands are gone already.
static int accept(lua_State *L, pg_host *host, pg_run *run) {
  run->socket->state = PG_ACCEPTED;
  pg_draft_begin(&host->outbox);
  pg_draft_commit(
      L, &host->outbox,
      (pg_command){.kind = PG_ACCEPT, .socket = run->socket->handle, .name_space = -1});
  pg_outbox_move_last(&host->outbox, run->first_command);
  return 0;
}

// Pushes whom to ask after `*asked` functions of the middleware; -1: everybody has been asked.
static bool push_next(lua_State *L, lua_KContext *asked) {
  if (*asked < 0) return false;
  if (lua_istable(L, MIDDLEWARE) && lua_rawgeti(L, MIDDLEWARE, *asked + 1) != LUA_TNIL) {
    ++*asked;
    return true;
  }
  *asked = -1;
  lua_pushvalue(L, ON_CONNECT);
  return !lua_isnil(L, -1);
}

// stack: self auth middleware on_connect result, of whoever was asked last
static int answered(lua_State *L, int status, lua_KContext asked) {
  (void)status;
  pg_host *host = pg_host_of(L);
  pg_run *run = host->run;
  while (pg_run_is_current(run) && run->socket->state == PG_OPENED) {
    if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) {
      pg_refuse(L, run, "connection refused", 0);
      return 0;
    }
    lua_settop(L, ON_CONNECT);
    if (!push_next(L, &asked)) return accept(L, host, run);
    lua_pushvalue(L, SELF);
    lua_pushvalue(L, AUTH);
    lua_callk(L, 2, 1, asked, answered);
  }
  return 0;
}

// stack: → self auth, or nothing and false
static bool push_arguments(lua_State *L, pg_host *host, pg_socket *socket) {
  pg_push_self(L, host, socket);
  pg_decoder decoder = pg_decode_begin(L, host, host->input.text, host->input.length);
  pg_decode_space(&decoder);
  if (decoder.at == decoder.end) {
    lua_pushnil(L);
    return true;
  }
  if (pg_decode_value(&decoder) && pg_decode_finished(&decoder)) return true;
  pg_violation(L, socket, decoder.error);
  return false;
}

static int connect_body(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_run *run = host->run;
  pg_script *script = pg_socket_script(host, run->socket);
  if (script == NULL) {
    pg_refuse(L, run, "Invalid namespace", 0);
    return 0;
  }
  if (run->socket->recovered) pg_mark_recovered(L, host, run->socket);
  pg_push_handler(L, script, "middleware", 10);
  pg_push_handler(L, script, "on_connect", 10);
  if (lua_isnil(L, 1) && lua_isnil(L, 2)) return accept(L, host, run);
  if (!push_arguments(L, host, run->socket)) return 0;
  lua_rotate(L, 1, 2);
  lua_pushnil(L);
  return answered(L, LUA_OK, 0);
}

static void ask(pg_host *host, pg_socket *socket, const void *auth, size_t length) {
  pg_run *run = pg_run_take(host, PG_RUN_CONNECT, socket, "on_connect");
  if (run == NULL) return;
  host->input.text = auth;
  host->input.length = auth != NULL ? length : 0;
  pg_run_start(host, run, connect_body);
}

void pg_connect(pg_host *host, uint64_t handle, const void *auth, size_t length) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  if (host->busy || socket == NULL || socket->state != PG_OPENED) return;
  ask(host, socket, auth, length);
}

void pg_restore(pg_host *host, uint64_t handle) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  if (host->busy || socket == NULL || socket->state != PG_OPENED) return;
  socket->recovered = true;
}

bool pg_restore_room(pg_host *host, uint64_t handle, const char *name, size_t length) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  if (host->busy || socket == NULL || socket->room_count >= PG_MAX_ROOMS) return false;
  return pg_rooms_restore(host, socket, name, length);
}

void pg_rejoin(pg_host *host, uint64_t handle, const void *auth, size_t length) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  if (host->busy || socket == NULL || socket->state != PG_PARKED) return;
  socket->state = PG_OPENED;
  socket->recovered = true;
  // It was gone before it could be disconnected.
  socket->is_ending = false;
  socket->visit++;
  ask(host, socket, auth, length);
}
