// The Lua part of this library: trusted code beside the scripts, which extends what they get and is
// asked at some points of a run. Its functions are the fields of its table `prelude`; all are
// optional.
//   commit()                  after each run in which `host.touch` was called, under a budget of its own
//   reset()                   the same, when `commit` failed
//   begin(kept)               a load begins; stored values by name, as JSON text
//   declare(handlers, globals, namespace, file) -> guarded    a script has run
//   serve()                   the load succeeds
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

void pg_prelude_open(lua_State *L, pg_host *host);
/// Pushes the hook `name`; false, and nothing is pushed, when the prelude has none.
bool pg_push_hook(lua_State *L, pg_host *host, const char *name);
/// Adds the entries of the prelude's table `field` to the one on top; tables among them are copied.
/// stack: … table → … table
void pg_prelude_extend(lua_State *L, pg_host *host, const char *field);
/// Calls the hook `name` without arguments outside any run; false when it raised.
bool pg_call_hook(pg_host *host, const char *name);
/// The same under the budget of a run.
bool pg_call_watched(pg_host *host, const char *name);
/// Calls `commit`, or `reset` when that fails. Outside any run.
void pg_prelude_commit(pg_host *host);
/// Whether a call belongs to the prelude. `frame` has its source.
bool pg_is_prelude(const lua_Debug *frame);
/// Like luaL_error, with the position of the script that called the prelude.
int pg_script_error(lua_State *L, const char *format, ...);

/// The C functions that the prelude gets as `host`.
extern const luaL_Reg pg_prelude_functions[];

#endif
