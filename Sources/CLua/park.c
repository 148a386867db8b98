// Sockets whose clients have gone and may come back: their tables stay, their handlers do not.
#include "dispatch.h"

void pg_park(pg_host *host, uint64_t socket, const char *reason) {
  (void)host;
  (void)socket;
  (void)reason;
}

void pg_rejoin(pg_host *host, uint64_t socket, const void *auth, size_t length) {
  (void)host;
  (void)socket;
  (void)auth;
  (void)length;
}

void pg_forget(pg_host *host, uint64_t socket) {
  (void)host;
  (void)socket;
}
