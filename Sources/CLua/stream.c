// Streams: bytes that a generator writes after its response's head. What the client has not taken
// yet is counted; a generator that is ahead of it waits. Others may write too, and never wait.
#include "http.h"

pg_socket *pg_stream_socket(lua_State *L) {
  uint64_t handle = (uint64_t)lua_tointeger(L, lua_upvalueindex(1));
  pg_socket *socket = pg_socket_find(pg_host_of(L), handle);
  pg_exchange *exchange = socket != NULL ? socket->exchange : NULL;
  return exchange != NULL && exchange->streaming && !exchange->abandoned ? socket : NULL;
}

static bool is_generator(const pg_host *host, const pg_socket *socket) {
  return host->run == socket->exchange->run;
}

bool pg_stream_ready(lua_State *L, const pg_socket *socket, const char *what) {
  if (!is_generator(pg_host_of(L), socket)) return socket->exchange->credit > 0;
  pg_check_place(L, what);
  return true;
}

// The generator goes on once the client has taken enough; if the client leaves, never.
static int drained(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  lua_pushboolean(L, 1);
  return 1;
}

int pg_stream_commit(lua_State *L, pg_socket *socket, size_t start, const char *what) {
  pg_host *host = pg_host_of(L);
  pg_outbox *outbox = &host->outbox;
  pg_exchange *exchange = socket->exchange;
  pg_span body = {(uint32_t)start, (uint32_t)(outbox->text.used - start)};
  bool waits = is_generator(host, socket) && exchange->credit <= (int64_t)body.length;
  if (waits) pg_check_suspendable(L, what);
  if (body.length > 0) {
    pg_draft_commit(L, outbox,
                    (pg_command){.kind = PG_STREAM,
                                 .socket = socket->handle,
                                 .name_space = -1,
                                 .body = body});
    exchange->credit -= body.length;
  }
  if (waits) return pg_run_wait(L, PG_WAIT_CREDIT, &exchange->writer, drained);
  return drained(L, LUA_OK, 0);
}

// write(text, ...)
static int stream_write(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_socket *socket = pg_stream_socket(L);
  int count = lua_gettop(L);
  if (socket == NULL || !pg_stream_ready(L, socket, "write")) {
    lua_pushboolean(L, 0);
    return 1;
  }
  pg_draft_begin(&host->outbox);
  size_t start = host->outbox.text.used;
  for (int i = 1; i <= count; i++) {
    size_t length;
    const char *bytes = pg_check_bytes(L, i, &length);
    pg_draft_text(L, &host->outbox, bytes, length);
  }
  return pg_stream_commit(L, socket, start, "write");
}

void pg_push_writer(lua_State *L, const pg_socket *socket) {
  lua_pushinteger(L, (lua_Integer)socket->handle);
  lua_pushcclosure(L, stream_write, 1);
}
