// What the probe's WebSocket clients say, and the answers: the events of Benchmarks/apps/bench.lua
// by Engine.IO and Socket.IO, or as bare JSON.
#ifndef LOAD_SESSION_H
#define LOAD_SESSION_H

#include "connection.h"

/// Begins an Engine.IO session.
void session_open(connection *c);
/// Publishes what bare JSON (`{"emit":"publish","args":[…]}`, or `"event"`) asks to be published.
void session_emit(connection *c, slice namespace, slice json);
/// Answers every whole frame at the front of `bytes`; returns the bytes used.
size_t session_take(connection *c, uint8_t *bytes, size_t count);
/// Appends an Engine.IO ping.
void session_ping(connection *c);

#endif
