// The probe's one thread: its connections, its channels, and what waits for the end of the round.
#ifndef LOAD_PROBE_H
#define LOAD_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "loop.h"

enum { PROBE_INPUT = 64 << 10, PROBE_BACKLOG = 16 << 20, PROBE_PING_SECONDS = 25 };

struct connection;
struct channel;

typedef struct connections {
  struct connection **items;
  size_t count, capacity;
} connections;

typedef struct probe {
  loop loop;
  watch listener;
  bool writes_each;        // one write for every message, instead of one for every round
  connections all;
  connections touched;     // have something to write at the end of the round
  connections over;        // are freed at the end of the round
  struct channel *channels;
  uint8_t input[PROBE_INPUT + (1 << 20)];
} probe;

void connections_add(connections *list, struct connection *c);

#endif
