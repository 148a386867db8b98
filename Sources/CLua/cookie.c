// Cookies that a response sets: RFC 6265, section 4.1. Unless the script says otherwise they are
// for the whole site, out of reach of scripts in the page, and not sent along from other sites.
#include "http.h"

static const char *const fields[] = {"value",     "path",   "domain",    "max_age",
                                     "http_only", "secure", "same_site", NULL};

static bool is_cookie_octet(uint8_t c) {
  return c > ' ' && c < 0x7F && c != '"' && c != ',' && c != ';' && c != '\\';
}

static void check_octets(lua_State *L, const char *text, size_t length, const char *what) {
  for (size_t i = 0; i < length; i++) {
    if (is_cookie_octet((uint8_t)text[i])) continue;
    luaL_error(L, "a cookie's %s holds letters, digits and signs, but no space, quote, comma, "
                  "semicolon or backslash; encode it", what);
  }
}

static void check_name(lua_State *L, int index) {
  size_t length;
  if (lua_type(L, index) != LUA_TSTRING) luaL_error(L, "a cookie's name is a string");
  const char *name = lua_tolstring(L, index, &length);
  check_octets(L, name, length, "name");
  if (length == 0 || memchr(name, '=', length) != NULL) {
    luaL_error(L, "\"%s\" cannot be a cookie's name", name);
  }
}

// Pushes the raw field of the cookie at `index`, or nil if that is no table. stack: … → … field
static int push_field(lua_State *L, int index, const char *name) {
  if (!lua_istable(L, index)) {
    lua_pushnil(L);
    return LUA_TNIL;
  }
  lua_pushstring(L, name);
  return lua_rawget(L, index);
}

// Adds `; Name=value` if the cookie has that field. stack: … text → … text
static void add_text(lua_State *L, int index, const char *field, const char *name,
                     const char *otherwise) {
  if (push_field(L, index, field) == LUA_TNIL && otherwise != NULL) {
    lua_pop(L, 1);
    lua_pushstring(L, otherwise);
  }
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return;
  }
  size_t length;
  if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "a cookie's %s is a string", field);
  const char *text = lua_tolstring(L, -1, &length);
  check_octets(L, text, length, field);
  lua_pushfstring(L, "%s; %s=%s", lua_tostring(L, -2), name, text);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

// A cookie that is removed ends at once. stack: … text → … text
static void add_max_age(lua_State *L, int index, bool removed) {
  lua_Integer seconds = 0;
  if (push_field(L, index, "max_age") != LUA_TNIL && !removed) {
    if (!lua_isinteger(L, -1)) luaL_error(L, "a cookie's max_age is a whole number of seconds");
    seconds = lua_tointeger(L, -1);
  }
  bool given = removed || !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (!given) return;
  lua_pushfstring(L, "%s; Max-Age=%I", lua_tostring(L, -1), (LUAI_UACINT)seconds);
  lua_replace(L, -2);
}

static bool flag(lua_State *L, int index, const char *field, bool otherwise) {
  bool given = push_field(L, index, field) != LUA_TNIL;
  bool set = given ? lua_toboolean(L, -1) : otherwise;
  lua_pop(L, 1);
  return set;
}

static const char *same_site(lua_State *L, int index) {
  const char *chosen = "Lax";
  if (push_field(L, index, "same_site") != LUA_TNIL) {
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    chosen = strcmp(text, "strict") == 0 ? "Strict"
             : strcmp(text, "lax") == 0  ? "Lax"
             : strcmp(text, "none") == 0 ? "None"
                                         : NULL;
    if (chosen == NULL) luaL_error(L, "a cookie's same_site is \"strict\", \"lax\" or \"none\"");
  }
  lua_pop(L, 1);
  return chosen;
}

// Pushes `name=value`; false as the cookie, or no value, empties it. stack: … → … text
static void push_pair(lua_State *L, int name, int cookie) {
  if (lua_istable(L, cookie)) {
    pg_check_fields(L, cookie, fields, "cookie");
    push_field(L, cookie, "value");
  } else {
    lua_pushvalue(L, cookie);
  }
  int type = lua_type(L, -1);
  if (type == LUA_TNIL || (type == LUA_TBOOLEAN && !lua_toboolean(L, -1))) {
    lua_pop(L, 1);
    lua_pushliteral(L, "");
  } else if (type != LUA_TSTRING && type != LUA_TNUMBER) {
    luaL_error(L, "a cookie's value is a string, a number, or false to remove it, not a %s",
               lua_typename(L, type));
  }
  size_t length;
  const char *value = lua_tolstring(L, -1, &length);
  check_octets(L, value, length, "value");
  lua_pushfstring(L, "%s=%s", lua_tostring(L, name), value);
  lua_replace(L, -2);
}

void pg_push_cookie(lua_State *L) {
  luaL_checkstack(L, 8, "cookie");
  int cookie = lua_gettop(L), name = cookie - 1;
  check_name(L, name);
  push_pair(L, name, cookie);
  add_text(L, cookie, "path", "Path", "/");
  add_text(L, cookie, "domain", "Domain", NULL);
  bool removed = !flag(L, cookie, "value", lua_toboolean(L, cookie));
  add_max_age(L, cookie, removed);
  const char *site = same_site(L, cookie);
  bool secure = flag(L, cookie, "secure", false) || *site == 'N';
  lua_pushfstring(L, "%s%s%s; SameSite=%s", lua_tostring(L, -1),
                  flag(L, cookie, "http_only", true) ? "; HttpOnly" : "",
                  secure ? "; Secure" : "", site);
  lua_replace(L, -2);
}
