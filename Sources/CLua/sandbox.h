// The standard library as scripts get it: an allow-list, with bounded versions of what could run
// long without the watchdog reaching it.
#ifndef PG_SANDBOX_H
#define PG_SANDBOX_H

#include "host.h"

extern const luaL_Reg pg_coroutine_functions[];
extern const luaL_Reg pg_string_functions[];
extern const luaL_Reg pg_table_functions[];
extern const luaL_Reg pg_base_functions[];

/// Opens the standard library and prepares what scripts get of it; once for each state.
void pg_sandbox_open(lua_State *L, pg_host *host);
/// Pushes fresh copies of the library tables and base functions: a generation's own.
/// stack: … → … globals
void pg_push_globals(lua_State *L, pg_host *host);

/// load(chunk, name, mode, environment) whose chunks see the globals in its upvalue.
int pg_load_chunk(lua_State *L);

#endif
