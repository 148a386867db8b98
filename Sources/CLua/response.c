// Responses: what a handler returned, composed into one RESPOND. A response object is a table with
// the fields below and a metatable that scripts cannot reach; what else a handler returns is made
// into one.
#include "http.h"

static const char *const fields[] = {"status", "headers", "body", "type", "cookies", NULL};
static const char json_type[] = "application/json";
static const char text_type[] = "text/plain; charset=utf-8";

void pg_response_open(lua_State *L, pg_host *host) {
  lua_createtable(L, 0, 2);
  lua_pushliteral(L, "response");
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "response");
  lua_setfield(L, -2, "__metatable");
  host->response_meta = lua_topointer(L, -1);
  host->response_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

static bool has_metatable(lua_State *L, int index, const void *meta) {
  if (!lua_istable(L, index) || !lua_getmetatable(L, index)) return false;
  bool same = lua_topointer(L, -1) == meta;
  lua_pop(L, 1);
  return same;
}

bool pg_is_response(lua_State *L, int index) {
  return has_metatable(L, index, pg_host_of(L)->response_meta);
}

void pg_mark_response(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, pg_host_of(L)->response_ref);
  lua_setmetatable(L, -2);
}

void pg_check_fields(lua_State *L, int index, const char *const *names, const char *what) {
  lua_pushnil(L);
  while (lua_next(L, index)) {
    const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    const char *const *name = names;
    while (*name != NULL && strcmp(*name, key) != 0) name++;
    if (*name == NULL) {
      luaL_error(L, "a %s has no field \"%s\"", what, luaL_tolstring(L, -2, NULL));
    }
    lua_pop(L, 1);
  }
}

static int push_field(lua_State *L, int index, const char *name) {
  lua_pushstring(L, name);
  return lua_rawget(L, index);
}

static lua_Integer check_status(lua_State *L, int index) {
  lua_Integer status = lua_isinteger(L, index) ? lua_tointeger(L, index) : 0;
  if (status < 200 || status > 599) {
    luaL_error(L, "a response's status is a whole number from 200 to 599, not %s",
               luaL_tolstring(L, index, NULL));
  }
  return status;
}

// Pushes the response's table of this name, or an empty one. stack: … → … table
static void push_table(lua_State *L, int response, const char *name) {
  int type = push_field(L, response, name);
  if (type == LUA_TTABLE) return;
  if (type != LUA_TNIL) {
    luaL_error(L, "a response's %s are a table, not a %s", name, lua_typename(L, type));
  }
  lua_pop(L, 1);
  lua_newtable(L);
}

// The type that the response itself asks for, or NULL. stack: … → … type
static const char *push_type(lua_State *L, int response) {
  if (push_field(L, response, "type") == LUA_TNIL) return NULL;
  if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "a response's type is a string");
  return lua_tostring(L, -1);
}

// Adds the content's type to the headers at `into`.
static void fold_type(lua_State *L, const char *type, int into) {
  lua_createtable(L, 0, 1);
  lua_pushstring(L, type);
  lua_setfield(L, -2, "content-type");
  pg_headers_fold(L, lua_gettop(L), into);
  lua_pop(L, 1);
}

void pg_check_response(lua_State *L, int index) {
  int top = lua_gettop(L);
  luaL_checkstack(L, 12, "response");
  pg_check_fields(L, index, fields, "response");
  if (push_field(L, index, "status") != LUA_TNIL) check_status(L, top + 1);
  lua_settop(L, top);
  lua_newtable(L);
  const char *type = push_type(L, index);
  if (type != NULL) fold_type(L, type, top + 1);
  push_table(L, index, "headers");
  pg_headers_fold(L, top + 3, top + 1);
  push_table(L, index, "cookies");
  lua_pushnil(L);
  while (lua_next(L, top + 4)) {
    pg_push_cookie(L);
    lua_pop(L, 2);
  }
  lua_settop(L, top);
}

static const char *natural_type(lua_State *L, int body) {
  switch (lua_type(L, body)) {
    case LUA_TSTRING: return text_type;
    case LUA_TFUNCTION: return "application/octet-stream";
    default:
      return has_metatable(L, body, pg_host_of(L)->binary_meta) ? "application/octet-stream"
                                                                : json_type;
  }
}

// Pushes all headers but the cookies. stack: … → … headers
static void push_headers(lua_State *L, int response, int body, int extra, bool bodiless) {
  lua_newtable(L);
  int headers = lua_gettop(L);
  const char *type = push_type(L, response);
  if (type == NULL && !bodiless) type = natural_type(L, body);
  if (type != NULL) fold_type(L, type, headers);
  lua_settop(L, headers);
  push_table(L, response, "headers");
  pg_headers_fold(L, headers + 1, headers);
  if (!lua_isnil(L, extra)) {
    if (!lua_istable(L, extra)) {
      luaL_error(L, "the third result of a handler is a table of headers, not a %s",
                 luaL_typename(L, extra));
    }
    pg_headers_fold(L, extra, headers);
  }
  lua_settop(L, headers);
}

static uint16_t draft_cookies(lua_State *L, pg_outbox *outbox, int response) {
  uint16_t spans = 0;
  push_table(L, response, "cookies");
  int cookies = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, cookies)) {
    pg_push_cookie(L);
    spans += pg_header_draft(L, outbox, "set-cookie", lua_tostring(L, -1));
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
  return spans;
}

static pg_span draft_body(lua_State *L, pg_host *host, int body) {
  bool binary = has_metatable(L, body, host->binary_meta);
  if (binary) push_field(L, body, "data");
  if (!binary && lua_type(L, body) != LUA_TSTRING) return pg_encode_text(L, host, body);
  size_t length;
  const char *bytes = lua_tolstring(L, binary ? -1 : body, &length);
  if (bytes == NULL) luaL_error(L, "a binary value whose data is not a string");
  return pg_draft_text(L, &host->outbox, bytes, length);
}

// The status, from the second result, the response, or what the body says. stack: unchanged
static lua_Integer status_of(lua_State *L, int response, int status, bool empty) {
  if (!lua_isnil(L, status)) return check_status(L, status);
  lua_Integer number = empty ? 204 : 200;
  if (push_field(L, response, "status") != LUA_TNIL) number = check_status(L, lua_gettop(L));
  lua_pop(L, 1);
  return number;
}

bool pg_respond(lua_State *L, pg_socket *socket) {
  enum { RESPONSE = 1, STATUS, EXTRA, BODY, HEADERS };
  pg_host *host = pg_host_of(L);
  pg_exchange *exchange = socket->exchange;
  luaL_checkstack(L, 16, "response");
  if (!pg_is_response(L, RESPONSE)) {
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, RESPONSE);
    lua_setfield(L, -2, "body");
    lua_replace(L, RESPONSE);
  }
  bool empty = push_field(L, RESPONSE, "body") == LUA_TNIL;
  bool generated = lua_isfunction(L, BODY);
  lua_Integer status = status_of(L, RESPONSE, STATUS, empty);
  // RFC 9110, section 6.4.1: these never have a body.
  bool bodiless = empty || status == 204 || status == 304;
  push_headers(L, RESPONSE, BODY, EXTRA, bodiless);
  pg_draft_begin(&host->outbox);
  pg_command command = {
      .kind = PG_RESPOND, .socket = socket->handle, .number = status, .name_space = -1};
  command.room_count = pg_headers_draft(L, &host->outbox, HEADERS);
  command.room_count += draft_cookies(L, &host->outbox, RESPONSE);
  if (!bodiless && !generated) command.body = draft_body(L, host, BODY);
  command.flag = generated && !bodiless && !exchange->head;
  pg_draft_commit(L, &host->outbox, command);
  exchange->responded = true;
  exchange->streaming = command.flag;
  lua_settop(L, BODY);
  return command.flag;
}

void pg_respond_text(lua_State *L, pg_socket *socket, lua_Integer status, const char *text,
                     size_t length) {
  pg_outbox *outbox = &pg_host_of(L)->outbox;
  pg_draft_begin(outbox);
  pg_command command = {
      .kind = PG_RESPOND, .socket = socket->handle, .number = status, .name_space = -1};
  command.room_count = pg_header_draft(L, outbox, "content-type", text_type);
  command.body = pg_draft_text(L, outbox, text, length);
  pg_draft_commit(L, outbox, command);
  socket->exchange->responded = true;
}

static void encode_member(pg_encoder *e, const char *name, const char *text) {
  pg_encode_byte(e, ',');
  pg_encode_string(e, name, strlen(name));
  pg_encode_byte(e, ':');
  if (text != NULL) pg_encode_string(e, text, strlen(text));
}

void pg_respond_error(lua_State *L, pg_socket *socket, lua_Integer status, const char *error,
                      const char *message, int data) {
  pg_host *host = pg_host_of(L);
  pg_outbox *outbox = &host->outbox;
  if (socket->exchange->responded || socket->exchange->abandoned) return;
  if (socket->exchange->gate) {
    if (message == NULL) message = "";
    pg_respond_text(L, socket, status, message, strlen(message));
    return;
  }
  pg_draft_begin(outbox);
  pg_command command = {
      .kind = PG_RESPOND, .socket = socket->handle, .number = status, .name_space = -1};
  command.room_count = pg_header_draft(L, outbox, "content-type", json_type);
  pg_encoder e = pg_encode_begin(L, host, &outbox->text, outbox->text_limit);
  size_t start = outbox->text.used;
  static const char begin[] = "{\"error\":";
  pg_draft_text(L, outbox, begin, sizeof begin - 1);
  pg_encode_string(&e, error, strlen(error));
  if (message != NULL) encode_member(&e, "message", message);
  if (data != 0) {
    encode_member(&e, "data", NULL);
    pg_encode_value(&e, data);
  }
  pg_encode_byte(&e, '}');
  command.body = (pg_span){(uint32_t)start, (uint32_t)(outbox->text.used - start)};
  pg_draft_commit(L, outbox, command);
  socket->exchange->responded = true;
}
