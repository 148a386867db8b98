// The built-in module `perigee` in its parts.
#ifndef PG_API_H
#define PG_API_H

#include "send.h"

/// The namespace that a closure is bound to by its first upvalue; NULL: whichever runs.
static inline const pg_namespace *pg_bound_namespace(lua_State *L) {
  return lua_touserdata(L, lua_upvalueindex(1));
}

/// Pushes the module for a script of `ns` (NULL: for the shared modules) with the allow-listed
/// variables in the table at `environment`. stack: … → … module
void pg_push_perigee(lua_State *L, pg_host *host, const pg_namespace *ns, int environment);
/// Adds `emit`, `to`, `publish` and the others that act on a namespace, and `of`.
/// stack: … module → … module
void pg_set_namespace_functions(lua_State *L, const pg_namespace *ns);
void pg_namespace_api_open(lua_State *L);
void pg_push_log(lua_State *L, const pg_namespace *ns);
void pg_push_json(lua_State *L);
/// perigee.shared. stack: … → … table
void pg_push_shared(lua_State *L);
/// print(...), bound to a namespace by its upvalue.
int pg_print(lua_State *L);
/// reject(message, data)
int pg_reject(lua_State *L);
/// Raises the refusal of a connection or request; `status` 0: none in particular.
/// stack: … message data → raises
int pg_raise_rejection(lua_State *L, lua_Integer status);
void pg_reject_open(lua_State *L, pg_host *host);

#endif
