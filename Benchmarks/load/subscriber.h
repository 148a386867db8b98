// A subscriber of a fan-out: which publications it has.
#ifndef LOAD_SUBSCRIBER_H
#define LOAD_SUBSCRIBER_H

#include "fan.h"
#include "order.h"

typedef struct subscriber {
  client client;
  fan *fan;
  order order;
  uint64_t place;  // in the memo, of what it should get next
} subscriber;

void subscriber_dial(subscriber *s, fan *f);

#endif
