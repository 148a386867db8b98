// The first request of a connection to the probe: an upgrade to WebSocket, or an event stream.
#ifndef LOAD_UPGRADE_H
#define LOAD_UPGRADE_H

#include "connection.h"

/// Answers the request at the front of `bytes` once its head is whole; returns the bytes used.
size_t upgrade_take(connection *c, const uint8_t *bytes, size_t count);

#endif
