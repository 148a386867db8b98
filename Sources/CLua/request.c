// HTTP requests: a route's handler gets a table, what it returns becomes the response. Each request
// is answered once, whatever becomes of its run.
#include "http.h"

#include <stdlib.h>

#include "prelude.h"

// Parts of `request` that are tables, so that a handler may look into them unasked.
static const char *const tables[] = {"params",  "query", "query_all", "headers",   "cookies",
                                     "form",    "form_all", "files",  "files_all", NULL};

// request:json()
static int request_json(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_pushliteral(L, "body");
  if (lua_rawget(L, 1) != LUA_TSTRING) return luaL_error(L, "call it with a colon: request:json()");
  size_t length;
  const char *body = lua_tolstring(L, 2, &length);
  pg_decoder d = pg_decode_begin(L, pg_host_of(L), body, length);
  pg_decode_space(&d);
  if (pg_decode_value(&d) && pg_decode_finished(&d)) return 1;
  lua_settop(L, 2);
  lua_pushfstring(L, "invalid JSON at byte %d: %s", (int)(d.at - d.start) + 1, d.error);
  lua_pushnil(L);
  return pg_raise_rejection(L, 400);
}

void pg_request_open(lua_State *L, pg_host *host) {
  lua_createtable(L, 0, 2);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, request_json);
  lua_setfield(L, -2, "json");
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "request");
  lua_setfield(L, -2, "__metatable");
  host->request_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

static void push_attachment(lua_State *L, const pg_input *input, lua_Integer index) {
  pg_span span = {0, 0};
  if (index >= 0 && (uint64_t)index < input->count) span = input->spans[index];
  lua_pushlstring(L, (const char *)input->blobs.bytes + span.offset, span.length);
}

// Puts the bytes of files in the place of the numbers of their attachments, in `files` and in lists
// of files alike. stack: … table → … table
static void fill_files(lua_State *L, const pg_input *input) {
  luaL_checkstack(L, 4, "files");
  lua_getfield(L, -1, "data");
  if (lua_isinteger(L, -1)) {
    push_attachment(L, input, lua_tointeger(L, -1));
    lua_setfield(L, -3, "data");
    lua_pop(L, 1);
    return;
  }
  lua_pop(L, 1);
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    if (lua_istable(L, -1)) fill_files(L, input);
    lua_pop(L, 1);
  }
}

// Pushes `request` as the host described it. stack: … → … request
static void push_request(lua_State *L, pg_host *host, pg_exchange *exchange) {
  const pg_input *input = &host->input;
  pg_decoder d = pg_decode_begin(L, host, input->text, input->length);
  pg_decode_space(&d);
  if (!pg_decode_value(&d) || !pg_decode_finished(&d) || !lua_istable(L, -1)) {
    luaL_error(L, "the request is not a JSON object");
  }
  for (const char *const *name = tables; *name != NULL; name++) {
    if (lua_getfield(L, -1, *name) != LUA_TTABLE) {
      lua_newtable(L);
      lua_setfield(L, -3, *name);
    } else if (strncmp(*name, "files", 5) == 0) {
      fill_files(L, input);
    }
    lua_pop(L, 1);
  }
  lua_getfield(L, -1, "method");
  exchange->head = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "HEAD") == 0;
  lua_pop(L, 1);
  push_attachment(L, input, 0);
  lua_setfield(L, -2, "body");
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->request_ref);
  lua_setmetatable(L, -2);
}

// Pushes what answers the request: the function of its route, allow_request, or the prelude's for
// pages; or nil.
// stack: → handler
static void push_answerer(lua_State *L, const pg_script *script, const pg_exchange *exchange,
                          const char *key) {
  if (script != NULL && exchange->gate) {
    pg_push_handler(L, script, key, strlen(key));
  } else if (strcmp(key, PG_PAGE) == 0) {
    if (script == NULL || !pg_push_hook(L, pg_host_of(L), "page")) lua_pushnil(L);
  } else if (script != NULL && script->routes != LUA_NOREF) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->routes);
    lua_getfield(L, -1, key);
    lua_replace(L, -2);
  } else {
    lua_pushnil(L);
  }
}

static int generated(lua_State *L, int status, lua_KContext context) {
  (void)L;
  (void)status;
  (void)context;
  return 0;  // the run's end is the stream's
}

static void judge(lua_State *L, pg_socket *socket) {
  size_t length = 0;
  const char *message = "";
  bool allowed = lua_toboolean(L, 1);
  if (!allowed && lua_type(L, 2) == LUA_TSTRING) message = lua_tolstring(L, 2, &length);
  pg_respond_text(L, socket, allowed ? 200 : 403, message, length);
}

// stack: results… →
static int answered(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_socket *socket = pg_host_of(L)->run->socket;
  if (socket->exchange->abandoned) return 0;
  lua_settop(L, 3);
  if (socket->exchange->gate) {
    judge(L, socket);
  } else if (pg_respond(L, socket)) {
    pg_push_writer(L, socket);
    lua_rotate(L, 1, 2);
    lua_settop(L, 2);  // stack: generator write
    lua_callk(L, 1, 0, 0, generated);
  }
  return 0;
}

static int request_body(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_socket *socket = host->run->socket;
  pg_exchange *exchange = socket->exchange;
  push_answerer(L, pg_socket_script(host, socket), exchange, host->input.key);
  if (!lua_isfunction(L, 1)) {
    pg_respond_error(L, socket, 404, pg_status_name(404), NULL, 0);
    return 0;
  }
  if (!exchange->gate) pg_push_self(L, host, socket);
  push_request(L, host, exchange);
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, answered);
  return answered(L, LUA_OK, 0);
}

// Queues a response without a run, with what little it takes.
static void respond_plainly(pg_host *host, uint64_t socket, int status, const char *body) {
  static const char type[] = "content-type", json[] = "application/json";
  pg_outbox *outbox = &host->outbox;
  pg_draft_begin(outbox);
  pg_span name = pg_outbox_text(outbox, type, sizeof type - 1);
  pg_span value = pg_outbox_text(outbox, json, sizeof json - 1);
  pg_command respond = {
      .kind = PG_RESPOND, .socket = socket, .number = status, .name_space = -1};
  if (pg_outbox_span(outbox, name) && pg_outbox_span(outbox, value)) respond.room_count = 2;
  respond.body = pg_outbox_text(outbox, body, strlen(body));
  pg_outbox_push(outbox, respond);
}

static const char overloaded[] = "{\"error\":\"overloaded\"}";

// A run for the request, with its exchange; NULL when there is no memory.
static pg_run *begin(pg_host *host, pg_socket *socket, const char *key) {
  pg_exchange *exchange = calloc(1, sizeof *exchange);
  pg_run *run = exchange != NULL ? pg_run_take(host, PG_RUN_REQUEST, socket, key) : NULL;
  if (run == NULL) {
    free(exchange);
    return NULL;
  }
  exchange->run = run;
  exchange->gate = strcmp(key, "allow_request") == 0;
  exchange->credit = PG_STREAM_CREDIT;
  socket->exchange = exchange;
  socket->state = PG_REQUESTED;
  return run;
}

void pg_request(pg_host *host, uint64_t handle, const char *key, const void *request,
                size_t length) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  if (host->busy || (socket != NULL && socket->state != PG_OPENED)) return;
  pg_run *run = socket != NULL ? begin(host, socket, key) : NULL;
  if (run == NULL) {
    host->input.count = host->input.blobs.used = 0;
    respond_plainly(host, handle, 503, overloaded);
    if (socket == NULL) return;
    socket->state = PG_CLOSED;
    pg_socket_release(host, socket);
    return;
  }
  host->input.key = key;
  host->input.text = request;
  host->input.length = length;
  pg_run_start(host, run, request_body);
}

void pg_exchange_finish(pg_host *host, pg_socket *socket) {
  pg_exchange *exchange = socket->exchange;
  socket->state = PG_CLOSED;
  if (exchange->abandoned) return;
  if (!exchange->responded) {
    respond_plainly(host, socket->handle, 500, "{\"error\":\"internal_error\"}");
  } else if (exchange->streaming) {
    pg_draft_begin(&host->outbox);
    pg_outbox_push(&host->outbox, (pg_command){.kind = PG_STREAM_END,
                                               .socket = socket->handle,
                                               .flag = exchange->failed,
                                               .name_space = -1});
  }
  exchange->responded = true;
  exchange->streaming = false;
}

void pg_abandon(pg_host *host, uint64_t handle) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  pg_exchange *exchange = socket != NULL ? socket->exchange : NULL;
  if (exchange == NULL || exchange->abandoned || host->busy || host->paused_run != NULL) return;
  exchange->abandoned = true;
  socket->state = PG_CLOSED;
  socket->runs++;  // keeps it while those who wait learn of it
  pg_timers_cancel_socket(host, socket);
  if (exchange->streaming) pg_run_cancel(host, exchange->run);
  pg_run_wake_socket(host, socket);
  socket->runs--;
  pg_socket_release(host, socket);
}

void pg_drained(pg_host *host, uint64_t handle, size_t bytes) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  pg_exchange *exchange = socket != NULL ? socket->exchange : NULL;
  if (exchange == NULL || host->busy || host->paused_run != NULL) return;
  int64_t room = PG_STREAM_CREDIT - exchange->credit;
  exchange->credit += bytes < (size_t)room ? (int64_t)bytes : room;
  if (exchange->credit > 0 && exchange->writer != NULL) {
    pg_run_continue(host, exchange->writer, PG_WOKEN);
  }
}
