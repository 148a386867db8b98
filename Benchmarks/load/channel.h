// The probe's channels, one for each namespace and wire: their subscribers, and what was published
// in this round, framed as the wire has it.
#ifndef LOAD_CHANNEL_H
#define LOAD_CHANNEL_H

#include "connection.h"

enum { NAMESPACE_LONGEST = 64 };

typedef struct channel {
  struct channel *next;
  connections subscribers;
  buffer round;  // the same bytes for every subscriber
  wire wire;
  size_t namespace_length;
  uint8_t namespace[NAMESPACE_LONGEST];
} channel;

/// Makes the namespace's channel for the connection's wire its own.
void channel_enter(connection *c, slice namespace);
/// Has the connection get what is published in its channel.
void channel_subscribe(connection *c);
void channel_leave(connection *c);
/// The namespace of a channel.
slice channel_namespace(const channel *ch);
/// Publishes to the namespace's subscribers on all wires; `arguments` is JSON without brackets.
void channel_publish(probe *p, slice namespace, slice arguments);
/// Writes the round's publications, each subscriber's own replies before them.
void channel_end_round(probe *p);

#endif
