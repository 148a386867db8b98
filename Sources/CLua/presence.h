// Presence: who is on a channel, entered by scripts. The host keeps the entries and answers who is there;
// here is only where each client is tracked or watches, so that a script is told of a bound at once.
#ifndef PG_PRESENCE_H
#define PG_PRESENCE_H

#include "host.h"

// Methods of self.
int pg_self_track(lua_State *L);
int pg_self_untrack(lua_State *L);
int pg_self_watch(lua_State *L);
int pg_self_unwatch(lua_State *L);
/// perigee.presence(channel, key), with the arguments from `first` on.
int pg_presence(lua_State *L, const pg_namespace *ns, int first);
/// Forgets where the socket was.
void pg_presence_leave(pg_host *host, pg_socket *socket);

#endif
