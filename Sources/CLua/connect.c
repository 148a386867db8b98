// A socket's first and last moments: on_connect decides whether it is let in, on_disconnect is told
// that it left.
#include "dispatch.h"

// The host must hear of the decision before anything that the handler sent, so that the client's
// CONNECT reply comes first. After a suspension earlier commands are gone already.
static void accept(lua_State *L, pg_host *host, pg_run *run) {
  if (run->socket->state == PG_CLOSED) return;
  run->socket->state = PG_ACCEPTED;
  pg_draft_begin(&host->outbox);
  pg_draft_commit(
      L, &host->outbox,
      (pg_command){.kind = PG_ACCEPT, .socket = run->socket->handle, .name_space = -1});
  pg_outbox_move_last(&host->outbox, run->first_command);
}

// stack: [result]
static int decided(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_host *host = pg_host_of(L);
  if (lua_isboolean(L, 1) && !lua_toboolean(L, 1)) {
    if (host->run->socket->state != PG_CLOSED) {
      pg_refuse(L, host->run, "connection refused", 0);
    }
    return 0;
  }
  accept(L, host, host->run);
  return 0;
}

static int connect_body(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_run *run = host->run;
  pg_script *script = pg_socket_script(host, run->socket);
  if (script == NULL) {
    pg_refuse(L, run, "Invalid namespace", 0);
    return 0;
  }
  pg_push_handler(L, script, "on_connect", 10);
  if (lua_isnil(L, 1)) {
    lua_settop(L, 0);
    return decided(L, LUA_OK, 0);
  }
  pg_push_self(L, host, run->socket);
  pg_decoder decoder = pg_decode_begin(L, host, host->input.text, host->input.length);
  pg_decode_space(&decoder);
  if (decoder.at == decoder.end) {
    lua_pushnil(L);
  } else if (!pg_decode_value(&decoder) || !pg_decode_finished(&decoder)) {
    pg_violation(L, run->socket, decoder.error);
    return 0;
  }
  lua_callk(L, 2, 1, 0, decided);
  return decided(L, LUA_OK, 0);
}

void pg_connect(pg_host *host, uint64_t handle, const void *auth, size_t length) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  if (socket == NULL || socket->state != PG_OPENED) return;
  pg_run *run = pg_run_take(host, PG_RUN_CONNECT, socket, "on_connect");
  if (run == NULL) return;
  host->input.text = auth;
  host->input.length = auth != NULL ? length : 0;
  pg_run_start(host, run, connect_body);
}

static int finished(lua_State *L, int status, lua_KContext context) {
  (void)L;
  (void)status;
  (void)context;
  return 0;
}

static int disconnect_body(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_run *run = host->run;
  pg_script *script = pg_socket_script(host, run->socket);
  if (script == NULL) return 0;
  pg_push_handler(L, script, "on_disconnect", 13);
  if (lua_isnil(L, -1)) return 0;
  pg_push_self(L, host, run->socket);
  lua_pushlstring(L, (const char *)host->input.text, host->input.length);
  lua_callk(L, 2, 0, 0, finished);
  return 0;
}

void pg_disconnect(pg_host *host, uint64_t handle, const char *reason) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  if (host->busy || socket == NULL || socket->state == PG_CLOSED) return;
  bool accepted = socket->state == PG_ACCEPTED;
  socket->state = PG_CLOSED;
  socket->runs++;  // keeps it while the waiting handlers learn of it
  pg_timers_cancel_socket(host, socket);
  pg_run_wake_socket(host, socket);
  pg_run *run = accepted ? pg_run_take(host, PG_RUN_DISCONNECT, socket, "on_disconnect") : NULL;
  if (run != NULL) {
    host->input.text = (const uint8_t *)reason;
    host->input.length = strlen(reason);
    pg_run_start(host, run, disconnect_body);
  }
  socket->runs--;
  pg_socket_release(host, socket);
}
