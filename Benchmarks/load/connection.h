// One client of the probe: its socket, what was read of an unfinished message, and what the socket
// has not taken yet.
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include "buffer.h"
#include "packet.h"
#include "probe.h"

typedef enum wire { WIRE_HTTP, WIRE_SOCKETIO, WIRE_WEBSOCKET, WIRE_EVENT_STREAM } wire;

typedef struct connection {
  watch watch;
  probe *probe;
  struct channel *channel;  // where it publishes and may subscribe, or NULL
  size_t seat;              // where it is among the channel's subscribers
  size_t place;             // where it is among all connections
  buffer in, out;
  wire wire;
  bool is_subscribed, is_touched, is_waiting, is_over;
} connection;

/// Takes in whoever knocks at the probe's listener; a watch's `ready`.
void connection_accept(watch *listener, uint32_t events);
/// Says that `out` has grown: writes now, or at the end of the round.
void connection_sends(connection *c);
/// Writes `out` and then `more` with one call; what the socket does not take waits in `out`.
void connection_write(connection *c, slice more);
/// Ends it; the memory goes at the end of the round.
void connection_end(connection *c);
/// Frees those that ended in this round.
void connection_bury(probe *p);

#endif
