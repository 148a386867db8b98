// Rooms: who is in which, for `rooms`, and for what targets do with their members.
#ifndef PG_ROOMS_H
#define PG_ROOMS_H

#include "host.h"

typedef struct pg_member {
  struct pg_room *room;
  pg_socket *socket;
  struct pg_member *next, **link;    // in the room
  struct pg_member *next_of_socket;
} pg_member;

/// A room of a namespace, as long as it has a member.
typedef struct pg_room {
  pg_named named;
  pg_namespace *ns;
  pg_member *members;
  size_t count;
  struct pg_room *next, **link;  // in the namespace
  char name[];
} pg_room;

/// NULL when it has no member.
pg_room *pg_room_find(const pg_host *host, const pg_namespace *ns, const char *name,
                      size_t length);
/// Lets the socket join the room named at `index`; does nothing when it is in already. Raises.
void pg_join(lua_State *L, pg_socket *socket, int index);
/// Lets the socket leave the room named at `index`, if it is in. Raises.
void pg_leave(lua_State *L, pg_socket *socket, int index);
/// Puts the socket into a room without telling the owner, who knows it; false: no memory.
bool pg_rooms_restore(pg_host *host, pg_socket *socket, const char *name, size_t length);
/// Forgets where the socket was.
void pg_rooms_leave(pg_host *host, pg_socket *socket);

#endif
