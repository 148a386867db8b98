// Questions between the nodes that serve an app: what scripts ask, and what this node answers.
#ifndef PG_ASK_H
#define PG_ASK_H

#include "send.h"

#define PG_NODE_SECONDS 5.0  // that the answers of nodes are waited for by default

/// Pushes a node's id as text: sixteen hexadecimal digits. stack: … → … text
void pg_push_node(lua_State *L, uint64_t node);

// ask.c
/// Asks all nodes for the clients that the target reaches and suspends until they have answered.
/// `rooms` and `excepted` are stack slots of lists of names.
int pg_ask_for_clients(lua_State *L, const pg_reach *reach, int rooms, int excepted);
/// Has all nodes emit the event at `event` with the values after it, and suspends until all acks are
/// there or will not come.
int pg_ask_for_acks(lua_State *L, const pg_reach *reach, int rooms, int excepted, int event);
/// perigee.server_emit(event, …), its arguments from `first` on.
void pg_tell_nodes(lua_State *L, const pg_namespace *ns, int first);
/// perigee.server_emit_with_ack(event, …): suspends until the other nodes have answered.
int pg_ask_nodes(lua_State *L, const pg_namespace *ns, int first);
/// Has the other nodes change the clients that the target reaches there. `room`: the slot of a name,
/// or 0.
void pg_spread_change(lua_State *L, const pg_reach *reach, int rooms, int excepted,
                      pg_change_kind kind, int room);

// answer.c
/// Answers the question of the run under way with the value at `index`; raises when it is no JSON.
void pg_answer_part(lua_State *L, int index, bool is_last);
/// There is no answer to the question. Raises nothing.
void pg_answer_failed(pg_host *host, uint64_t question, const char *reason);
/// Makes lists of the names in the input. stack: … → … rooms excepted
void pg_push_asked_names(lua_State *L);
/// The namespace of the question; NULL when nobody serves it here.
const pg_namespace *pg_asked_namespace(pg_host *host);
/// Begins a run that answers the question in the input; when there is none, it answers that.
void pg_answer_start(pg_host *host, const pg_asked *asked, const void *text, size_t length,
                     const char *label, lua_CFunction body);

#endif
