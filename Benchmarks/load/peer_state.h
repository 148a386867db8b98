// Whether the other end of a connection within this machine is still open, as the kernel knows it
// (sock_diag). An end that was closed while bytes wait for a full receiver shows nowhere else.
#ifndef LOAD_PEER_STATE_H
#define LOAD_PEER_STATE_H

#include <stdbool.h>

typedef struct peer_state {
  int netlink;  // -1 when the kernel does not tell
} peer_state;

/// Tries it with a connection that is open; when that is not found nothing will be told.
void peer_state_open(peer_state *p, int fd);
/// True as well when nothing is told.
bool peer_state_is_open(peer_state *p, int fd);

#endif
