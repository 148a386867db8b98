// The Lua part of this library: trusted code beside the scripts, which extends what they get and is
// asked at some points of a run. Its functions are the fields of its table `prelude`; all are
// optional.
//   commit()                  after each run in which `host.touch` was called, under a budget of its own
//   reset()                   the same, when `commit` failed
//   begin(kept)               a load begins; stored values by name, as JSON text
//   declare(handlers, globals, namespace, file) -> guarded    a script has run
//   serve()                   the load succeeds
//   served()                  the generation is the serving one
//   abandon()                 the load has failed
//   manifest() -> table       what the loaded generation declares
//   guard(handlers, event, self, ...)    before a guarded script's handler; answers true and its
//                             arguments, false (the sender was refused), or nil and the ack
//   subscribe(self, channel, asked) -> channel | false | nil  a client wants a model's channel
//   unsubscribe(self, channel)
//   snapshot(channel) -> JSON text | nil
//   page(self, request)       the route PG_PAGE
//   keep()                    calls host.keep for what has changed
#ifndef PG_PRELUDE_H
#define PG_PRELUDE_H

#include "host.h"

/// The route that asks for what a page shows.
#define PG_PAGE "perigee:page"
/// What the names of the prelude's chunks begin with.
#define PG_PRELUDE_CHUNK "=[perigee"

/// Whether clients get a model's patches by the channel.
static inline bool pg_is_model_channel(const char *channel) {
  return strncmp(channel, "model:", 6) == 0;
}

void pg_prelude_open(lua_State *L, pg_host *host);
/// Pushes the hook `name`; false, and nothing is pushed, when the prelude has none.
bool pg_push_hook(lua_State *L, pg_host *host, const char *name);
/// Adds the entries of the prelude's table `field` to the one on top; tables among them are copied.
/// stack: … table → … table
void pg_prelude_extend(lua_State *L, pg_host *host, const char *field);
/// Calls the hook `name` without arguments outside any run; false when it raised.
bool pg_call_hook(pg_host *host, const char *name);
/// The same under a budget in nanoseconds.
bool pg_call_watched(pg_host *host, const char *name, int64_t budget);
/// Calls `commit`, or `reset` when that fails. Outside any run.
void pg_prelude_commit(pg_host *host);
/// Takes back what a failed load has done to what the prelude keeps.
void pg_prelude_abandon(pg_host *host);
/// Whether a call belongs to the prelude. `frame` has its source.
bool pg_is_prelude(const lua_Debug *frame);
/// Pushes `file:line: ` of the innermost call that is a script's, or nothing. stack: … → … text
void pg_push_position(lua_State *L);
/// Like luaL_error, with the position of the script that called the prelude.
int pg_script_error(lua_State *L, const char *format, ...);

/// The functions of prelude_api.c.
extern const luaL_Reg pg_prelude_functions[];
/// Adds functions to the prelude's table `host`.
void pg_prelude_add(lua_State *L, pg_host *host, const luaL_Reg *functions);

#endif
