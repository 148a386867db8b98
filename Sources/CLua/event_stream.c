// Event streams: the format of the HTML standard, section 9.2 (server-sent events).
#include "http.h"

static const char *const options[] = {"event", "id", "retry", NULL};

static void draft(lua_State *L, const char *text, size_t length) {
  pg_draft_text(L, &pg_host_of(L)->outbox, text, length);
}

// Writes `name: text` for the option, which may hold nothing that ends a line.
static void write_option(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  int type = lua_rawget(L, 2);
  if (type != LUA_TNIL) {
    size_t length;
    if (type != LUA_TSTRING && !lua_isinteger(L, -1)) {
      luaL_error(L, "an event's %s is a string or a whole number, not a %s", name,
                 lua_typename(L, type));
    }
    const char *text = lua_tolstring(L, -1, &length);
    if (strpbrk(text, "\r\n") != NULL || strlen(text) != length ||
        pg_utf8_valid((const uint8_t *)text, length) != length) {
      luaL_error(L, "an event's %s is UTF-8 without line breaks and NUL", name);
    }
    draft(L, name, strlen(name));
    draft(L, ": ", 2);
    draft(L, text, length);
    draft(L, "\n", 1);
  }
  lua_pop(L, 1);
}

static void write_options(lua_State *L) {
  luaL_argexpected(L, lua_istable(L, 2), 2, "table of options");
  pg_check_fields(L, 2, options, "message");
  lua_getfield(L, 2, "retry");
  if (!lua_isnil(L, -1) && (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 0)) {
    luaL_error(L, "an event's retry is a whole number of milliseconds");
  }
  lua_pop(L, 1);
  for (const char *const *name = options; *name != NULL; name++) write_option(L, *name);
}

static const char *line_end(const char *at, const char *end) {
  while (at < end && *at != '\n' && *at != '\r') at++;
  return at;
}

// Each line of the text becomes a line of data.
static void write_text(lua_State *L) {
  size_t length;
  const char *at = lua_tolstring(L, 1, &length), *end = at + length;
  if (pg_utf8_valid((const uint8_t *)at, length) != length) {
    luaL_error(L, "an event stream carries UTF-8 only");
  }
  for (;;) {
    const char *stop = line_end(at, end);
    draft(L, "data: ", 6);
    draft(L, at, (size_t)(stop - at));
    draft(L, "\n", 1);
    if (stop == end) return;
    at = stop + (*stop == '\r' && stop + 1 < end && stop[1] == '\n' ? 2 : 1);
  }
}

static void write_value(lua_State *L) {
  if (lua_type(L, 1) == LUA_TSTRING) {
    write_text(L);
  } else if (!lua_isnil(L, 1)) {
    draft(L, "data: ", 6);
    pg_encode_text(L, pg_host_of(L), 1);
    draft(L, "\n", 1);
  }
}

// send(value, { event =, id =, retry = }); without anything a comment that keeps a connection open.
static int stream_send(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_socket *socket = pg_stream_socket(L);
  lua_settop(L, 2);
  if (socket == NULL || !pg_stream_ready(L, socket, "send")) {
    lua_pushboolean(L, 0);
    return 1;
  }
  pg_draft_begin(&host->outbox);
  size_t start = host->outbox.text.used;
  if (!lua_isnil(L, 2)) write_options(L);
  write_value(L);
  if (host->outbox.text.used == start) draft(L, ":\n", 2);
  draft(L, "\n", 1);
  return pg_stream_commit(L, socket, start, "send");
}

static int generated(lua_State *L, int status, lua_KContext context) {
  (void)L;
  (void)status;
  (void)context;
  return 0;
}

int pg_event_generator(lua_State *L) {
  const pg_socket *socket = pg_host_of(L)->run->socket;
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushinteger(L, socket != NULL ? (lua_Integer)socket->handle : 0);
  lua_pushcclosure(L, stream_send, 1);
  lua_callk(L, 1, 0, 0, generated);
  return 0;
}
