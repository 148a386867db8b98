// What the probe's WebSocket clients say, and the answers: Engine.IO, Socket.IO, and the events of
// Benchmarks/apps/bench.lua.
#ifndef LOAD_SESSION_H
#define LOAD_SESSION_H

#include "connection.h"

/// Answers every whole frame at the front of `bytes`; returns the bytes used.
size_t session_take(connection *c, uint8_t *bytes, size_t count);
/// Appends an Engine.IO ping.
void session_ping(connection *c);

#endif
