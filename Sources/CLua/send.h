// What self, perigee and targets share to send events.
#ifndef PG_SEND_H
#define PG_SEND_H

#include "json.h"
#include "run.h"
#include "socket.h"

/// The event's name at `index`; raises when it is none that may be sent.
const char *pg_check_event(lua_State *L, int index, size_t *length);
/// A room's or channel's name at `index`; raises when it is none.
const char *pg_check_name(lua_State *L, int index, size_t *length);
/// Publishes the message at `index` on the channel at `index - 1`.
void pg_publish(lua_State *L, const pg_namespace *ns, int index);
/// Queues BROADCAST of the event at `event` with the values after it. `rooms` and `excepted` are
/// stack slots of lists of names, or 0; `left_out` is a socket, or 0.
void pg_broadcast(lua_State *L, const pg_namespace *ns, uint64_t left_out, int rooms, int excepted,
                  int event);
/// Makes a target from the names from `first` on. stack: … names… → … target
void pg_push_target(lua_State *L, const pg_namespace *ns, uint64_t left_out, int first,
                    bool excepting);
/// The namespace of the script that calls, when it is not bound to one: that of the run.
const pg_namespace *pg_running_namespace(lua_State *L, const pg_namespace *bound);
/// Emits the event at `event` and suspends the handler until its ack, `seconds`, or the end of
/// `socket` (NULL: it has ended).
int pg_emit_with_ack(lua_State *L, pg_socket *socket, double seconds, int event);

void pg_target_open(lua_State *L);
void pg_self_open(lua_State *L);
extern const luaL_Reg pg_self_methods[];

#endif
