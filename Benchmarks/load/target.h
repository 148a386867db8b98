// The server that is loaded, and the local addresses from which it is.
#ifndef LOAD_TARGET_H
#define LOAD_TARGET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct target {
  struct sockaddr_in address;
  char host[128];    // as the `Host` header names it
  bool is_loopback;  // then clients come from 127.0.0.1 to 127.0.0.8
} target;

/// Reads `http://HOST:PORT`; the host is an IPv4 address or a name that has one.
target target_read(const char *url);
/// A socket of a client with a number, non-blocking and on its way. A narrow one has a small
/// receive buffer and segments as on Ethernet, so that the kernel holds little for who does not
/// read: on loopback it would be megabytes. -1 with `errno` when it cannot be had.
int target_dial(const target *t, size_t number, bool is_narrow);

#endif
