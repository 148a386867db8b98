// Which script serves which namespace.
#ifndef PG_PATTERNS_H
#define PG_PATTERNS_H

#include "host.h"

/// Keeps the patterns that the script lists in `namespaces`. Raises when it is no list of patterns.
void pg_read_patterns(lua_State *L, pg_script *script, const char *file);
void pg_patterns_free(pg_script *script);
/// The script of the generation that serves the namespace: the one whose own it is, else one with a
/// pattern that covers it, `preferred` first; or NULL.
pg_script *pg_script_serving(const pg_generation *generation, const pg_namespace *ns,
                             const pg_namespace *preferred);
/// The namespace `name` as the script of `owner` serves it; NULL when it does not, or too many are
/// in use.
pg_namespace *pg_namespace_of_script(pg_host *host, const char *name, const pg_namespace *owner);
/// Raises unless a script of the app serves the namespace `name`, as far as that is known.
void pg_check_served(lua_State *L, const char *name, size_t length);
/// The namespace `name`; raises unless a script of the app serves it.
pg_namespace *pg_served_namespace(lua_State *L, const char *name, size_t length);

#endif
