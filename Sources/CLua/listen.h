// Listeners: the publications of channels for handlers that read them one after the other.
#ifndef PG_LISTEN_H
#define PG_LISTEN_H

#include "host.h"

void pg_listen_open(lua_State *L);
/// self:listen(channel, ...)
int pg_self_listen(lua_State *L);
/// Ends the listeners that the run has made; their readers are orphans then.
void pg_listeners_end_run(pg_host *host, pg_run *run);
/// Ends the listeners of a socket that is gone; their readers are orphans then.
void pg_listeners_end_socket(pg_host *host, pg_socket *socket);
void pg_listeners_free(pg_host *host);

#endif
