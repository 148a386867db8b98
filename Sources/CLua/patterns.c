// Patterns of namespaces that a script serves besides its own, listed in its `namespaces`.
#include "patterns.h"

#include <stdlib.h>

#include "dispatch.h"

// `*` stands for one or more bytes but `/`. Since none stands for a `/`, it is enough to let the last
// one grow when the rest does not fit.
bool pg_pattern_covers(const char *pattern, const char *name) {
  const char *rest = NULL, *grown = NULL;
  while (*name != '\0') {
    if (*pattern == '*' && *name != '/') {
      rest = ++pattern;
      grown = ++name;
    } else if (*pattern == *name && *pattern != '*') {
      pattern++;
      name++;
    } else if (rest != NULL && *grown != '/' && *grown != '\0') {
      pattern = rest;
      name = ++grown;
    } else {
      return false;
    }
  }
  return *pattern == '\0';
}

static bool script_covers(const pg_script *script, const char *name) {
  for (size_t i = 0; i < script->pattern_count; i++) {
    if (pg_pattern_covers(script->patterns[i], name)) return true;
  }
  return false;
}

static int no_patterns(lua_State *L, const char *file) {
  return luaL_error(L, "%s: namespaces must be a list of at most %d patterns such as \"/orders/*\", "
                       "each with at most %d bytes", file, PG_MAX_PATTERNS, PG_MAX_CHANNEL_NAME);
}

// stack: … pattern → unchanged
static char *copy_pattern(lua_State *L, const char *file) {
  size_t length;
  if (lua_type(L, -1) != LUA_TSTRING) no_patterns(L, file);
  const char *text = lua_tolstring(L, -1, &length);
  if (*text != '/' || strlen(text) != length || length > PG_MAX_CHANNEL_NAME) {
    luaL_error(L, "%s: the pattern \"%s\" in namespaces does not begin with / or is too long", file,
               text);
  }
  char *copy = strdup(text);
  if (copy == NULL) luaL_error(L, "not enough memory");
  return copy;
}

void pg_read_patterns(lua_State *L, pg_script *script, const char *file) {
  pg_push_handler(L, script, "namespaces", 10);
  if (lua_isnil(L, -1)) return;
  if (!lua_istable(L, -1) || lua_rawlen(L, -1) > PG_MAX_PATTERNS) no_patterns(L, file);
  size_t count = lua_rawlen(L, -1);
  lua_pushnil(L);
  for (size_t entries = 0; lua_next(L, -2); entries++) {
    if (entries >= count) no_patterns(L, file);
    lua_pop(L, 1);
  }
  script->patterns = calloc(count + 1, sizeof *script->patterns);
  if (script->patterns == NULL) luaL_error(L, "not enough memory");
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    script->patterns[i] = copy_pattern(L, file);
    script->pattern_count++;
    lua_pop(L, 1);
  }
}

void pg_patterns_free(pg_script *script) {
  for (size_t i = 0; i < script->pattern_count; i++) free(script->patterns[i]);
  free(script->patterns);
}

pg_script *pg_script_serving(const pg_generation *generation, const pg_namespace *ns,
                             const pg_namespace *preferred) {
  pg_script *covering = NULL;
  for (size_t i = 0; i < generation->count; i++) {
    pg_script *script = &generation->scripts[i];
    if (script->ns == ns) return script;
    bool first = covering == NULL || script->ns == preferred;
    if (first && script_covers(script, ns->name)) covering = script;
  }
  return covering;
}

static bool serves(const pg_generation *generation, const char *name) {
  for (size_t i = 0; generation != NULL && i < generation->count; i++) {
    const pg_script *script = &generation->scripts[i];
    if (strcmp(script->ns->name, name) == 0 || script_covers(script, name)) return true;
  }
  return false;
}

pg_namespace *pg_namespace_of_script(pg_host *host, const char *name, const pg_namespace *owner) {
  size_t length = strlen(name);
  if (strcmp(owner->name, name) == 0) {
    return owner->own ? pg_namespace_find(host, name, length) : NULL;
  }
  for (size_t i = 0; i < pg_script_count(host); i++) {
    const pg_script *script = &host->serving->scripts[i];
    if (script->ns == owner && script_covers(script, name)) {
      return pg_namespace_visit(host, name, length);
    }
  }
  return NULL;
}

void pg_check_served(lua_State *L, const char *name, size_t length) {
  const pg_host *host = pg_host_of(L);
  // Which patterns there are is known when all scripts are loaded.
  bool served = host->loading != NULL ? *name == '/' : serves(host->serving, name);
  if (strlen(name) == length && served) return;
  luaL_error(L, "no script of this app serves the namespace \"%s\"", name);
}

pg_namespace *pg_served_namespace(lua_State *L, const char *name, size_t length) {
  pg_host *host = pg_host_of(L);
  pg_namespace *ns = pg_namespace_find(host, name, length);
  if (ns != NULL) return ns;
  pg_check_served(L, name, length);
  ns = pg_namespace_visit(host, name, length);
  if (ns == NULL) pg_limit_error(L, "too many namespaces are in use, or this name is too long");
  return ns;
}

// The script with the pattern `index` of all those of the serving generation; `*index` becomes the
// place among its own.
static const pg_script *find(const pg_host *host, size_t *index) {
  for (size_t i = 0; i < pg_script_count(host); i++) {
    const pg_script *script = &host->serving->scripts[i];
    if (*index < script->pattern_count) return script;
    *index -= script->pattern_count;
  }
  return NULL;
}

size_t pg_pattern_count(const pg_host *host) {
  size_t count = 0;
  for (size_t i = 0; i < pg_script_count(host); i++) {
    count += host->serving->scripts[i].pattern_count;
  }
  return count;
}

const char *pg_pattern(const pg_host *host, size_t index) {
  const pg_script *script = find(host, &index);
  return script != NULL ? script->patterns[index] : NULL;
}

const char *pg_pattern_namespace(const pg_host *host, size_t index) {
  const pg_script *script = find(host, &index);
  return script != NULL ? script->ns->name : NULL;
}
