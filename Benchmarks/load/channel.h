// The probe's channels, one a namespace: their subscribers and what was published in this round.
#ifndef LOAD_CHANNEL_H
#define LOAD_CHANNEL_H

#include "connection.h"

typedef struct channel {
  struct channel *next;
  connections subscribers;
  buffer round;  // frames, the same for every subscriber
  size_t namespace_length;
  uint8_t namespace[NAMESPACE_LONGEST];
} channel;

void channel_join(connection *c, slice namespace);
void channel_leave(connection *c);
/// Publishes to the namespace's subscribers; `arguments` is JSON without brackets.
void channel_publish(probe *p, slice namespace, slice arguments);
/// Writes the round's publications, each subscriber's own replies before them.
void channel_end_round(probe *p);

#endif
