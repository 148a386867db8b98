// Generations: one program, compiled and run, with globals of its own.
#ifndef PG_GENERATION_H
#define PG_GENERATION_H

#include "api.h"
#include "dispatch.h"

/// `luaL_loadbufferx` of source text, which ends when the run is to stop.
int pg_load_text(lua_State *L, const char *source, size_t length, const char *name);
/// Compiles `source` for the globals at `environment`. Raises on a syntax error.
/// stack: … → … function
void pg_compile(lua_State *L, const char *source, size_t length, const char *file,
                int environment);
/// Pushes `require` for the sources (name → {source, file}) at `sources`, the loaded modules at
/// `loaded` and the built-in module at `perigee`; modules run with the globals at `shared`.
void pg_push_require(lua_State *L, int sources, int loaded, int perigee, int shared);
/// Pushes what finds the globals that a script has defined itself, so that `self:name()` works for a
/// script that returned no table. stack: globals, globals as they were before → fallback
void pg_push_own_globals(lua_State *L);
/// Makes the metatable of the script's `self` tables: methods first, then what `fallback` finds.
/// stack: … fallback → …
void pg_make_class(lua_State *L, pg_script *script);
void pg_generation_free(pg_host *host, pg_generation *generation);
void pg_program_free(pg_host *host);

#endif
