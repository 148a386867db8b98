// Messages that wait for a listener: copies of inputs, in the app's memory, oldest first.
#ifndef PG_BACKLOG_H
#define PG_BACKLOG_H

#include "host.h"

#define PG_BACKLOG_MESSAGES 1000
#define PG_BACKLOG_BYTES ((size_t)1 << 20)

typedef struct pg_message pg_message;

typedef struct pg_backlog {
  pg_message *first, *last;
  size_t count, bytes;
} pg_backlog;

/// Keeps a copy of the host's present input, for channel number `channel` of the listener; false
/// when it is one too many, or there is no memory.
bool pg_backlog_add(pg_host *host, pg_backlog *backlog, size_t channel);
/// Reads the oldest message and takes it away; there must be one. Raises when it is no JSON.
/// Answers the number of its channel. stack: … → … message
size_t pg_backlog_take(lua_State *L, pg_backlog *backlog);
void pg_backlog_clear(pg_host *host, pg_backlog *backlog);

#endif
