// Sockets and sessions as the scripts know them.
#ifndef PG_SOCKET_H
#define PG_SOCKET_H

#include <stddef.h>

#include "host.h"

/// The socket whose id has this entry in the index of names.
static inline pg_socket *pg_socket_of_name(pg_named *named) {
  return (pg_socket *)((char *)named - offsetof(pg_socket, named));
}

/// Whether there is a client behind it, let in or not yet.
static inline bool pg_is_open(const pg_socket *socket) { return socket->state <= PG_ACCEPTED; }

/// The same, or somebody who waits for a response.
static inline bool pg_is_present(const pg_socket *socket) { return socket->state <= PG_REQUESTED; }

/// NULL when it is not (or no longer) known.
pg_socket *pg_socket_find(pg_host *host, uint64_t handle);
/// The script that serves the socket now; NULL when its namespace is gone.
pg_script *pg_socket_script(pg_host *host, pg_socket *socket);
/// Pushes the serving generation's `self` of the socket. stack: … → … self
void pg_push_self(lua_State *L, pg_host *host, pg_socket *socket);
/// Notes in its `self` that the client has come back.
void pg_mark_recovered(lua_State *L, pg_host *host, pg_socket *socket);
/// The socket of the run under way if its present `self` is at `index`, else NULL.
pg_socket *pg_socket_at_work(lua_State *L, int index);
/// The socket's number hidden in the table at `index`, 0 when there is none.
uint64_t pg_handle_at(lua_State *L, int index);
/// Takes the hidden number away again.
void pg_handle_clear(lua_State *L, int index);
/// Forgets the socket if it is closed and no run belongs to it any more.
void pg_socket_release(pg_host *host, pg_socket *socket);
void pg_socket_free(pg_host *host, pg_socket *socket);
void pg_sockets_free(pg_host *host);

#endif
