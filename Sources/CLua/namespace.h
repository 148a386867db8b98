// Namespaces: those of scripts, which stay, and those that only a pattern covers, which come and go
// with their sockets.
#ifndef PG_NAMESPACE_H
#define PG_NAMESPACE_H

#include "names.h"

struct pg_host;
struct pg_socket;

/// A namespace and who is in it. The own one of a script lives as long as the host. Any other goes
/// when it has no socket and no unread command names it: nothing else may hold a pointer to it.
typedef struct pg_namespace {
  pg_named named;
  int32_t index;
  bool own;
  bool listed;  // among those that may go
  uint64_t serial;
  struct pg_namespace *next_listed;
  struct pg_socket *sockets;
  size_t socket_count;
  struct pg_room *rooms;  // that have a member
  size_t length;
  char name[];
} pg_namespace;

typedef struct pg_namespaces {
  pg_namespace **slots;  // NULL: free
  int32_t *free;         // the free slots
  size_t count, capacity, free_count;
  size_t dynamic;  // how many are not a script's own
  uint64_t serial;
  pg_namespace *listed;
} pg_namespaces;

/// NULL when it is not known.
pg_namespace *pg_namespace_find(const struct pg_host *host, const char *name, size_t length);
/// The own namespace of a script, made if need be; NULL when there is no memory.
pg_namespace *pg_namespace_intern(struct pg_host *host, const char *name);
/// A namespace that a pattern covers, made if need be; NULL when there are too many or there is no
/// memory. Without a socket it lasts until the outbox is cleared.
pg_namespace *pg_namespace_visit(struct pg_host *host, const char *name, size_t length);
void pg_namespace_enter(pg_namespace *ns, struct pg_socket *socket);
void pg_namespace_leave(struct pg_host *host, struct pg_socket *socket);
/// Frees those that nobody needs; no command may be unread.
void pg_namespaces_sweep(struct pg_host *host);
void pg_namespaces_free(struct pg_host *host);

#endif
