// What scripts get of Lua's standard library. The stock functions are opened once into tables that
// no script sees; each generation gets copies of what the lists below allow.
#include "sandbox.h"

#include <lua5.4/lualib.h>

// A format this long asks for work that no hook can interrupt.
#define MAX_FORMAT 4096

static const char *const base_names[] = {
    "assert",   "error",  "ipairs",   "pairs",    "pcall", "rawequal",
    "select", "tonumber", "tostring", "type", NULL};
static const char *const string_names[] = {"byte",    "char", "format", "len", "lower",
                                           "reverse", "sub",  "upper",  NULL};
static const char *const string_formats[] = {"pack", "packsize", "unpack", NULL};
static const char *const table_names[] = {"pack", NULL};
static const char *const math_names[] = {
    "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log",
    "max", "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "randomseed", "sin",
    "sqrt", "tan", "tointeger", "type", "ult", NULL};
static const char *const utf8_names[] = {"char",      "charpattern", "codepoint", "codes",
                                         "len",       "offset",      NULL};
static const char *const os_names[] = {"clock", "difftime", "time", NULL};
static const char *const os_formats[] = {"date", NULL};
static const char *const debug_names[] = {"traceback", NULL};

typedef struct library {
  const char *name;
  lua_CFunction open;          // the stock library, if any of it is kept
  const char *const *names;    // stock values to keep
  const char *const *formats;  // stock functions to keep, their first argument limited in length
  const luaL_Reg *functions;   // this target's own
} library;

static const library libraries[] = {
    {"_G", luaopen_base, base_names, NULL, pg_base_functions},
    {"string", luaopen_string, string_names, string_formats, pg_string_functions},
    {"table", luaopen_table, table_names, NULL, pg_table_functions},
    {"math", luaopen_math, math_names, NULL, NULL},
    {"utf8", luaopen_utf8, utf8_names, NULL, NULL},
    {"os", luaopen_os, os_names, os_formats, NULL},
    {"debug", luaopen_debug, debug_names, NULL, NULL},
    {"coroutine", NULL, NULL, NULL, pg_coroutine_functions},
};
#define LIBRARY_COUNT (sizeof libraries / sizeof libraries[0])

static int with_short_format(lua_State *L) {
  size_t length;
  lua_CFunction stock = lua_tocfunction(L, lua_upvalueindex(1));
  if (lua_type(L, 1) == LUA_TSTRING && (lua_tolstring(L, 1, &length), length > MAX_FORMAT)) {
    return luaL_argerror(L, 1, "format too long");
  }
  return stock(L);
}

// stack: … stock kept → unchanged
static void keep_stock(lua_State *L, const library *of) {
  for (const char *const *name = of->names; name != NULL && *name != NULL; name++) {
    lua_getfield(L, -2, *name);
    lua_setfield(L, -2, *name);
  }
  for (const char *const *name = of->formats; name != NULL && *name != NULL; name++) {
    lua_getfield(L, -2, *name);
    lua_pushcclosure(L, with_short_format, 1);
    lua_setfield(L, -2, *name);
  }
}

// Methods of string values come from a table that no script can reach, so that one generation
// cannot change what strings do in another. stack: … strings → unchanged
static void bind_string_methods(lua_State *L) {
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);  // stack: … strings "" meta
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
}

void pg_sandbox_open(lua_State *L, pg_host *host) {
  lua_newtable(L);  // stack: all
  for (size_t i = 0; i < LIBRARY_COUNT; i++) {
    const library *library = &libraries[i];
    if (library->open != NULL) {
      lua_pushcfunction(L, library->open);
      lua_call(L, 0, 1);
    } else {
      lua_newtable(L);
    }
    lua_newtable(L);  // stack: all stock kept
    keep_stock(L, library);
    if (library->functions != NULL) luaL_setfuncs(L, library->functions, 0);
    if (library->open == luaopen_string) bind_string_methods(L);
    lua_setfield(L, -3, library->name);
    lua_pop(L, 1);
  }
  // Where error messages and tracebacks look for the names of functions.
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  host->libraries = luaL_ref(L, LUA_REGISTRYINDEX);
}

// stack: … from to → … from to
static void copy_entries(lua_State *L) {
  lua_pushnil(L);
  while (lua_next(L, -3)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

void pg_push_globals(lua_State *L, pg_host *host) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->libraries);
  lua_newtable(L);  // stack: … all globals
  for (size_t i = 0; i < LIBRARY_COUNT; i++) {
    lua_getfield(L, -2, libraries[i].name);
    if (i == 0) {
      lua_pushvalue(L, -2);
      copy_entries(L);
      lua_pop(L, 2);
    } else {
      lua_newtable(L);
      copy_entries(L);
      lua_setfield(L, -3, libraries[i].name);
      lua_pop(L, 1);
    }
  }
  lua_pushliteral(L, LUA_VERSION);
  lua_setfield(L, -2, "_VERSION");
  lua_remove(L, -2);
}
