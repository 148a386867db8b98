// Headers and cookies of a response: checked, in lower case, with nothing in them that would end
// the line.
#include "http.h"

#define MAX_NAME 128  // bytes of a header's name

// What the host decides for itself: RFC 9110, sections 7.6.1 and 8.6.
static const char *const reserved[] = {"connection",        "content-length", "keep-alive",
                                       "proxy-connection",  "te",             "trailer",
                                       "transfer-encoding", "upgrade",        NULL};

// RFC 9110, section 5.6.2.
static bool is_token(const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    uint8_t c = (uint8_t)text[i];
    if (c <= ' ' || c >= 0x7F || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL) return false;
  }
  return length > 0;
}

// Pushes the name in lower case. stack: … → … name
static void push_name(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TSTRING) luaL_error(L, "a header's name is a string");
  char lower[MAX_NAME];
  size_t length;
  const char *name = lua_tolstring(L, index, &length);
  if (!is_token(name, length) || length > sizeof lower) {
    luaL_error(L, "\"%s\" cannot be a header's name", name);
  }
  for (size_t i = 0; i < length; i++) {
    lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
  }
  lua_pushlstring(L, lower, length);
  for (const char *const *own = reserved; *own != NULL; own++) {
    if (strcmp(lua_tostring(L, -1), *own) == 0) {
      luaL_error(L, "the header \"%s\" is for the host alone to set", *own);
    }
  }
}

// stack: unchanged; slot `name` is for the message
static void check_value(lua_State *L, int index, int name) {
  int type = lua_type(L, index);
  if (type != LUA_TSTRING && type != LUA_TNUMBER) {
    luaL_error(L, "the header \"%s\" is a string, a number or a list of them, not a %s",
               lua_tostring(L, name), lua_typename(L, type));
  }
  if (type == LUA_TNUMBER) return;
  size_t length;
  const char *value = lua_tolstring(L, index, &length);
  for (size_t i = 0; i < length; i++) {
    uint8_t c = (uint8_t)value[i];
    if ((c < ' ' && c != '\t') || c == 0x7F) {
      luaL_error(L, "the header \"%s\" has a line break or another control character in its value",
                 lua_tostring(L, name));
    }
  }
}

void pg_headers_fold(lua_State *L, int from, int into) {
  luaL_checkstack(L, 8, "headers");
  lua_pushnil(L);
  while (lua_next(L, from)) {
    int value = lua_gettop(L), name = value + 1;
    push_name(L, value - 1);  // stack: … key value name
    bool list = lua_istable(L, value);
    lua_Integer count = list ? (lua_Integer)lua_rawlen(L, value) : 0;
    for (lua_Integer i = 1; i <= count; i++) {
      lua_rawgeti(L, value, i);
      check_value(L, -1, name);
      lua_pop(L, 1);
    }
    if (!list && (!lua_isboolean(L, value) || lua_toboolean(L, value))) {
      check_value(L, value, name);
    }
    lua_insert(L, value);
    lua_rawset(L, into);
  }
}

static void draft_line(lua_State *L, pg_outbox *outbox, int name, int value) {
  size_t length;
  const char *text = lua_tolstring(L, name, &length);
  pg_span span = pg_draft_text(L, outbox, text, length);
  pg_draft_list(L, outbox, span);
  lua_pushvalue(L, value);  // a number becomes text in the copy
  text = lua_tolstring(L, -1, &length);
  while (length > 0 && (*text == ' ' || *text == '\t')) text++, length--;
  while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) length--;
  span = pg_draft_text(L, outbox, text, length);
  pg_draft_list(L, outbox, span);
  lua_pop(L, 1);
}

uint16_t pg_headers_draft(lua_State *L, pg_outbox *outbox, int index) {
  uint16_t spans = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    int value = lua_gettop(L);
    if (!lua_istable(L, value) && !lua_isboolean(L, value)) {
      draft_line(L, outbox, value - 1, value);
      spans += 2;
    } else if (lua_istable(L, value)) {
      lua_Integer count = (lua_Integer)lua_rawlen(L, value);
      for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, value, i);
        draft_line(L, outbox, value - 1, value + 1);
        spans += 2;
        lua_pop(L, 1);
      }
    }
    lua_pop(L, 1);
  }
  return spans;
}

uint16_t pg_header_draft(lua_State *L, pg_outbox *outbox, const char *name, const char *value) {
  pg_draft_list(L, outbox, pg_draft_text(L, outbox, name, strlen(name)));
  pg_draft_list(L, outbox, pg_draft_text(L, outbox, value, strlen(value)));
  return 2;
}
