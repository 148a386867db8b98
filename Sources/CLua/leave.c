// How a client goes: for good, or parked for the case that it comes back. Its handlers, timers and
// acks end either way; of a parked one the tables and the rooms stay.
#include "dispatch.h"

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

// The client has gone and its socket is `state` now. Only the script that let it in hears of it.
static void leave(pg_host *host, pg_socket *socket, pg_socket_state state, const char *reason) {
  bool was_in = socket->state == PG_ACCEPTED;
  socket->state = state;
  socket->runs++;  // keeps it while the waiting handlers learn of it
  pg_timers_cancel_socket(host, socket);
  pg_run_wake_socket(host, socket);
  pg_run *run = was_in ? pg_run_take(host, PG_RUN_DISCONNECT, socket, "on_disconnect") : NULL;
  if (run != NULL) {
    host->input.text = (const uint8_t *)reason;
    host->input.length = strlen(reason);
    pg_run_start(host, run, disconnect_body);
  }
  socket->runs--;
  pg_socket_release(host, socket);
}

void pg_disconnect(pg_host *host, uint64_t handle, const char *reason) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  if (host->busy || socket == NULL || socket->state == PG_CLOSED) return;
  leave(host, socket, PG_CLOSED, reason);
}

void pg_park(pg_host *host, uint64_t handle, const char *reason) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  if (host->busy || socket == NULL || !pg_is_open(socket)) return;
  // A client that was never let in has nothing to come back to.
  bool known = socket->state == PG_ACCEPTED || socket->recovered;
  leave(host, socket, known ? PG_PARKED : PG_CLOSED, reason);
}

void pg_forget(pg_host *host, uint64_t handle) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  if (host->busy || socket == NULL || socket->state != PG_PARKED) return;
  socket->state = PG_CLOSED;
  pg_socket_release(host, socket);
}
