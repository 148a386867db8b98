// require: modules come from what the host handed over, never from a file. Each runs once for a
// generation; what it returns is what every later require of it answers.
#include "generation.h"

enum { SOURCES = 1, LOADED = 2, PERIGEE = 3, SHARED = 4 };
static const char in_progress;  // stands in LOADED for a module that runs
static const char chain_key;    // in LOADED: the modules that run, outermost first, as text

// A piece is compiled in a moment, whatever it says.
#define PIECE 512

typedef struct text {
  const pg_host *host;
  const char *at, *end;
} text;

static const char *next_piece(lua_State *L, void *context, size_t *length) {
  text *text = context;
  pg_check_interrupt(L, text->host);
  const char *piece = text->at;
  size_t left = (size_t)(text->end - piece);
  *length = left < PIECE ? left : PIECE;
  text->at += *length;
  return piece;
}

int pg_load_text(lua_State *L, const char *source, size_t length, const char *name) {
  text text = {pg_host_of(L), source, source + length};
  return lua_load(L, next_piece, &text, name, "t");
}

void pg_compile(lua_State *L, const char *source, size_t length, const char *file,
                int environment) {
  environment = lua_absindex(L, environment);
  if (length >= 3 && memcmp(source, "\xEF\xBB\xBF", 3) == 0) {
    source += 3;
    length -= 3;
  }
  // A first line for the shell is no Lua; its end stays, so that lines keep their numbers.
  if (length > 0 && *source == '#') {
    const char *end = memchr(source, '\n', length);
    length = end != NULL ? length - (size_t)(end - source) : 0;
    source = end != NULL ? end : source;
  }
  lua_pushfstring(L, "@%s", file);
  int status = pg_load_text(L, source, length, lua_tostring(L, -1));
  lua_remove(L, -2);
  if (status != LUA_OK) {
    pg_host_of(L)->syntax_error = status == LUA_ERRSYNTAX;
    lua_error(L);
  }
  lua_pushvalue(L, environment);
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
}

// stack: name → raises
static int no_such_module(lua_State *L) {
  lua_pushliteral(L, "perigee");
  lua_Integer count = (lua_Integer)lua_rawlen(L, lua_upvalueindex(SOURCES));
  for (lua_Integer i = 1; i <= count; i++) {
    lua_pushliteral(L, ", ");
    lua_rawgeti(L, lua_upvalueindex(SOURCES), i);
    lua_concat(L, 3);
  }
  return luaL_error(L, "there is no module '%s'; there are: %s", lua_tostring(L, 1),
                    lua_tostring(L, -1));
}

// Runs when the module has ended, by an error too. Upvalues: loaded, name, chain before.
static int module_ended(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_rawsetp(L, lua_upvalueindex(1), &chain_key);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_rawget(L, lua_upvalueindex(1));
  if (lua_touserdata(L, -1) != &in_progress) return 0;
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushnil(L);
  lua_rawset(L, lua_upvalueindex(1));
  return 0;
}

// Marks the module at slot 1 as running, until the running function ends. stack: … → … guard
static void begin_module(lua_State *L) {
  lua_pushvalue(L, 1);
  lua_pushlightuserdata(L, (void *)&in_progress);
  lua_rawset(L, lua_upvalueindex(LOADED));
  lua_rawgetp(L, lua_upvalueindex(LOADED), &chain_key);  // stack: … before
  int before = lua_gettop(L);
  if (lua_isnil(L, before)) {
    lua_pushvalue(L, 1);
  } else {
    lua_pushfstring(L, "%s -> %s", lua_tostring(L, before), lua_tostring(L, 1));
  }
  lua_rawsetp(L, lua_upvalueindex(LOADED), &chain_key);
  lua_newtable(L);  // stack: … before guard
  lua_newtable(L);
  lua_pushvalue(L, lua_upvalueindex(LOADED));
  lua_pushvalue(L, 1);
  lua_pushvalue(L, before);
  lua_pushcclosure(L, module_ended, 3);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
  lua_replace(L, before);
  lua_toclose(L, before);
}

// stack: name source-entry → result
static int run_module(lua_State *L) {
  lua_rawgeti(L, 2, 1);
  lua_rawgeti(L, 2, 2);
  begin_module(L);
  size_t length;
  const char *source = lua_tolstring(L, 3, &length);
  pg_compile(L, source, length, lua_tostring(L, 4), lua_upvalueindex(SHARED));
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
  }
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, lua_upvalueindex(LOADED));
  return 1;
}

static int require(lua_State *L) {
  size_t length;
  const char *name = luaL_checklstring(L, 1, &length);
  lua_settop(L, 1);
  if (length == 7 && memcmp(name, "perigee", 7) == 0) {
    lua_pushvalue(L, lua_upvalueindex(PERIGEE));
    return 1;
  }
  lua_pushvalue(L, 1);
  if (lua_rawget(L, lua_upvalueindex(LOADED)) != LUA_TNIL) {
    if (lua_touserdata(L, -1) != &in_progress) return 1;
    lua_rawgetp(L, lua_upvalueindex(LOADED), &chain_key);
    return luaL_error(L, "modules require one another in a cycle: %s -> %s", lua_tostring(L, -1),
                      name);
  }
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, lua_upvalueindex(SOURCES)) != LUA_TTABLE) return no_such_module(L);
  return run_module(L);
}

void pg_push_require(lua_State *L, int sources, int loaded, int perigee, int shared) {
  lua_pushvalue(L, sources);
  lua_pushvalue(L, loaded);
  lua_pushvalue(L, perigee);
  lua_pushvalue(L, shared);
  lua_pushcclosure(L, require, 4);
}
