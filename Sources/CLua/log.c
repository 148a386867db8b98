// perigee.log and print: lines for the host's log.
#include "api.h"

enum { LEVEL_INFO = 1, LEVELS = 4 };
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};

// Queues the values from `first` on as one line.
static void write_line(lua_State *L, const pg_namespace *ns, int level, int first) {
  pg_host *host = pg_host_of(L);
  pg_outbox *outbox = &host->outbox;
  int last = lua_gettop(L);
  if (ns == NULL && host->run != NULL) ns = host->run->ns;
  luaL_Buffer line;
  luaL_buffinit(L, &line);
  for (int i = first; i <= last; i++) {
    if (i > first) luaL_addchar(&line, ' ');
    luaL_tolstring(L, i, NULL);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  pg_draft_begin(outbox);
  pg_span body = pg_draft_text(L, outbox, text, length);
  pg_draft_commit(L, outbox,
                  (pg_command){.kind = PG_LOG,
                               .number = level,
                               .body = body,
                               .name_space = ns != NULL ? ns->index : -1});
}

static int log_at(lua_State *L) {
  write_line(L, pg_bound_namespace(L), (int)lua_tointeger(L, lua_upvalueindex(2)), 1);
  return 0;
}

// log(level, ...) or log(...): a first of several values that names a level is the level.
static int log_call(lua_State *L) {
  int level = LEVEL_INFO, first = 2;
  if (lua_gettop(L) > 2 && lua_type(L, 2) == LUA_TSTRING) {
    for (int i = 0; i < LEVELS; i++) {
      if (strcmp(lua_tostring(L, 2), levels[i]) != 0) continue;
      level = i;
      first = 3;
    }
  }
  write_line(L, pg_bound_namespace(L), level, first);
  return 0;
}

int pg_print(lua_State *L) {
  write_line(L, pg_bound_namespace(L), LEVEL_INFO, 1);
  return 0;
}

void pg_push_log(lua_State *L, const pg_namespace *ns) {
  lua_createtable(L, 0, LEVELS);
  for (int i = 0; i < LEVELS; i++) {
    lua_pushlightuserdata(L, (void *)ns);
    lua_pushinteger(L, i);
    lua_pushcclosure(L, log_at, 2);
    lua_setfield(L, -2, levels[i]);
  }
  lua_createtable(L, 0, 1);
  lua_pushlightuserdata(L, (void *)ns);
  lua_pushcclosure(L, log_call, 1);
  lua_setfield(L, -2, "__call");
  lua_setmetatable(L, -2);
}
