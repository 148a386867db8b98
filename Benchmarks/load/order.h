// Which messages of each sender one receiver has: tells the next one from one that was left out,
// comes late, or comes again. What is left out and never comes is lost.
#ifndef LOAD_ORDER_H
#define LOAD_ORDER_H

#include "tally.h"
#include "token.h"

typedef struct order {
  uint32_t *next;   // the number expected of each sender
  token *left_out;  // messages that were overtaken
  uint32_t left_out_count, left_out_capacity;
} order;

void order_open(order *o, size_t senders);
/// A message out of its turn; true when it is new to this receiver.
bool order_take_odd(order *o, token t, tally *counts);
bool order_has(const order *o, token t);
/// How many of `sent` messages of a sender it does not have.
uint64_t order_missing(const order *o, uint32_t sender, uint32_t sent);

/// Notes a message; true when it is new to this receiver.
static inline bool order_take(order *o, token t, tally *counts) {
  if (o->next[t.sender] != t.number) return order_take_odd(o, t, counts);
  o->next[t.sender]++;
  return true;
}

#endif
