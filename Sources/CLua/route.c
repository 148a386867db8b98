// Routes: read from a script once it has been loaded, checked, and kept with their functions, so
// that what the script does to the table afterwards changes nothing. The host matches the paths.
#include <stdlib.h>

#include "http.h"

#define MAX_KEY 1024  // bytes of a route's key
#define MAX_PARAMETERS 32

static const char *const methods[] = {"GET",    "POST", "PUT",     "PATCH",
                                      "DELETE", "HEAD", "OPTIONS", "ANY", NULL};

// A part of a key.
typedef struct part {
  const char *at;
  size_t length;
} part;

static bool same(part a, part b) {
  return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

// Takes what comes before `separator`, and the separator, off the front of `rest`.
static part take(part *rest, char separator) {
  const char *end = memchr(rest->at, separator, rest->length);
  part taken = {rest->at, end != NULL ? (size_t)(end - rest->at) : rest->length};
  size_t skipped = taken.length + (end != NULL ? 1 : 0);
  rest->at += skipped;
  rest->length -= skipped;
  return taken;
}

static bool is_method(part method) {
  for (const char *const *known = methods; *known != NULL; known++) {
    if (same(method, (part){*known, strlen(*known)})) return true;
  }
  return false;
}

static bool is_name(part name) {
  for (size_t i = 0; i < name.length; i++) {
    char c = name.at[i];
    bool letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
    if (!letter && (i == 0 || c < '0' || c > '9')) return false;
  }
  return name.length > 0;
}

static bool is_literal(part segment) {
  for (size_t i = 0; i < segment.length; i++) {
    uint8_t c = (uint8_t)segment.at[i];
    if (c <= ' ' || c == 0x7F || c == '?' || c == '#' || c == '*') return false;
  }
  return true;
}

// What is wrong with the path behind its first slash; NULL: nothing.
static const char *fault_of_path(part path) {
  part names[MAX_PARAMETERS];
  size_t count = 0;
  while (path.length > 0) {
    part segment = take(&path, '/');
    if (segment.length == 0) return "has an empty part in its path";
    char first = segment.at[0];
    if (first != ':' && first != '*') {
      if (!is_literal(segment)) return "has a character in its path that cannot stand there";
      continue;
    }
    part name = {segment.at + 1, segment.length - 1};
    if (!is_name(name)) return "needs letters, digits and _ as the name of a parameter";
    if (first == '*' && path.length > 0) return "goes on after its wildcard";
    if (count == MAX_PARAMETERS) return "has too many parameters";
    for (size_t i = 0; i < count; i++) {
      if (same(names[i], name)) return "has two parameters of one name";
    }
    names[count++] = name;
  }
  return NULL;
}

// What is wrong with the key; NULL: nothing. Sets its parts, the path without its first slash.
static const char *split_key(part key, part *list, part *path) {
  if (key.length > MAX_KEY) return "is too long";
  *path = key;
  *list = take(path, ' ');
  if (path->length == 0 || path->at[0] != '/') {
    return "is not a method and a path, as in \"GET /x\"";
  }
  path->at++;
  path->length--;
  for (part rest = *list; rest.length > 0;) {
    if (!is_method(take(&rest, ','))) {
      return "has a method that is none of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS and ANY";
    }
  }
  if (list->length == 0 || list->at[list->length - 1] == ',') return "has no method";
  return fault_of_path(*path);
}

// Raises about the route, naming the line of its function if it has one.
// stack: … key value → raises
static int refuse_route(lua_State *L, const char *file, const char *fault) {
  const char *key = luaL_tolstring(L, -2, NULL);  // stack: … key value text
  lua_pushvalue(L, -2);
  lua_Debug where = {.linedefined = -1};
  if (lua_isfunction(L, -1)) lua_getinfo(L, ">S", &where);
  if (where.linedefined > 0) {
    return luaL_error(L, "%s:%d: the route \"%s\" %s", where.short_src, where.linedefined, key,
                      fault);
  }
  return luaL_error(L, "%s: the route \"%s\" %s", file, key, fault);
}

// Pushes what the path looks like without its parameters' names and a last slash.
// stack: … → … shape
static void push_shape(lua_State *L, part method, part path) {
  luaL_Buffer shape;
  luaL_buffinit(L, &shape);
  luaL_addlstring(&shape, method.at, method.length);
  while (path.length > 0) {
    part segment = take(&path, '/');
    char first = segment.at[0];
    luaL_addchar(&shape, '/');
    luaL_addlstring(&shape, segment.at, first == ':' || first == '*' ? 1 : segment.length);
  }
  luaL_pushresult(&shape);
}

// Two routes must not answer for the same requests. stack: … taken … key value → unchanged
static void claim(lua_State *L, int taken, const char *file, part list, part path) {
  while (list.length > 0) {
    push_shape(L, take(&list, ','), path);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, taken) != LUA_TNIL) {
      lua_pushfstring(L, "answers for the same requests as \"%s\"", lua_tostring(L, -1));
      const char *fault = lua_tostring(L, -1);
      lua_pushvalue(L, -5);
      lua_pushvalue(L, -5);
      refuse_route(L, file, fault);
    }
    lua_pop(L, 1);
    lua_pushvalue(L, -3);
    lua_rawset(L, taken);
  }
}

static void remember(lua_State *L, pg_generation *generation, const pg_namespace *ns, part key) {
  if (generation->route_count == generation->route_capacity) {
    size_t capacity = generation->route_capacity == 0 ? 16 : generation->route_capacity * 2;
    pg_route *routes = realloc(generation->routes, capacity * sizeof *routes);
    if (routes == NULL) luaL_error(L, "not enough memory");
    generation->routes = routes;
    generation->route_capacity = capacity;
  }
  char *copy = malloc(key.length + 1);
  if (copy == NULL) luaL_error(L, "not enough memory");
  memcpy(copy, key.at, key.length);
  copy[key.length] = '\0';
  generation->routes[generation->route_count++] = (pg_route){ns, copy};
}

// stack: … kept taken key value → … kept taken key
static void add_route(lua_State *L, pg_host *host, const pg_script *script, const char *file) {
  int value = lua_gettop(L), key = value - 1, taken = value - 2, kept = value - 3;
  part text, list, path;
  if (lua_type(L, key) != LUA_TSTRING) refuse_route(L, file, "has a key that is not a string");
  if (!lua_isfunction(L, value)) refuse_route(L, file, "is not a function");
  text.at = lua_tolstring(L, key, &text.length);
  const char *fault = split_key(text, &list, &path);
  if (fault != NULL) refuse_route(L, file, fault);
  claim(L, taken, file, list, path);
  remember(L, host->loading, script->ns, text);
  lua_pushvalue(L, key);
  lua_insert(L, -2);
  lua_rawset(L, kept);
}

// stack: … routes → …
static void collect(lua_State *L, pg_host *host, pg_script *script, const char *file) {
  int routes = lua_gettop(L);
  if (!lua_istable(L, routes)) luaL_error(L, "%s: routes is not a table", file);
  luaL_checkstack(L, 12, "routes");
  lua_newtable(L);
  lua_newtable(L);  // stack: … routes kept taken
  lua_Integer count = 0;
  lua_pushnil(L);
  while (lua_next(L, routes)) {
    if (++count > PG_MAX_ROUTES) {
      luaL_error(L, "%s: there are more than %d routes", file, PG_MAX_ROUTES);
    }
    add_route(L, host, script, file);
  }
  lua_settop(L, routes + 1);
  script->routes = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pop(L, 1);
}

void pg_routes_collect(lua_State *L, pg_host *host, pg_script *script, const char *file) {
  pg_push_handler(L, script, "routes", 6);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
  } else {
    collect(L, host, script, file);
  }
  pg_push_handler(L, script, "allow_request", 13);
  if (host->loading->gate == NULL && lua_isfunction(L, -1)) host->loading->gate = script->ns;
  lua_pop(L, 1);
}

void pg_routes_free(pg_generation *generation) {
  for (size_t i = 0; i < generation->route_count; i++) free(generation->routes[i].key);
  free(generation->routes);
}

size_t pg_route_count(const pg_host *host) {
  return host->serving != NULL ? host->serving->route_count : 0;
}

const char *pg_route_key(const pg_host *host, size_t index) {
  return index < pg_route_count(host) ? host->serving->routes[index].key : NULL;
}

const char *pg_route_namespace(const pg_host *host, size_t index) {
  return index < pg_route_count(host) ? host->serving->routes[index].ns->name : NULL;
}

const char *pg_gate_namespace(const pg_host *host) {
  return host->serving != NULL && host->serving->gate != NULL ? host->serving->gate->name : NULL;
}
