// Rounds: broadcasts that wait for the acks of all whom they reached.
#ifndef PG_ROUND_H
#define PG_ROUND_H

#include "host.h"

/// One ack of a round.
typedef struct pg_awaited {
  pg_socket *socket;
  struct pg_round *round;
  int64_t ack;
  enum { PG_AWAITED, PG_ANSWERED, PG_LEFT } state;
  struct pg_awaited *next, **link;  // of the socket, while it is awaited
} pg_awaited;

/// The acks of one round; a userdata at the bottom of the waiting run's stack.
typedef struct pg_round {
  pg_run *run;
  size_t count, waiting;
  pg_awaited awaited[];
} pg_round;

/// Pushes a round for the sockets. stack: … → … round
pg_round *pg_round_push(lua_State *L, pg_socket **sockets, size_t count);
/// Commits the drafted EMIT once for each ack of the round, always with the same bytes.
void pg_round_emit(lua_State *L, const pg_round *round, pg_command command);
/// What came of the round. stack: round → answers, those who gave none
int pg_round_gathered(lua_State *L);
/// Begins to wait. Called when the run suspends; raises nothing.
void pg_round_begin(pg_round *round);
/// Ends the waiting, whoever is missing.
void pg_round_end(pg_round *round);
/// The ack of the socket that a round waits for, or NULL.
pg_awaited *pg_round_awaiting(const pg_socket *socket, int64_t ack);
/// Keeps the values in the input as the answer; the run goes on when it was the last.
void pg_round_answer(pg_host *host, pg_awaited *awaited);
/// There will be no answer. When it was the last, the run is among those that wait in vain.
void pg_round_leave(pg_host *host, pg_awaited *awaited);

#endif
