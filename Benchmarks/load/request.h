// HTTP requests to the probe: upgrades to WebSocket, event streams, and publications by POST.
// Paths are Perigee's: `/bench/events`, `/bench/websocket`, `/bench/emit`; an upgrade whose query
// asks for Engine.IO gets that.
#ifndef LOAD_REQUEST_H
#define LOAD_REQUEST_H

#include "connection.h"

/// Answers the request at the front of `bytes` once it is whole; returns the bytes used.
size_t request_take(connection *c, const uint8_t *bytes, size_t count);

#endif
