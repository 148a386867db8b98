#include "order.h"

#include <stdlib.h>

#include "failure.h"

void order_open(order *o, size_t senders) {
  *o = (order){.next = calloc(senders, sizeof(uint32_t))};
  if (o->next == NULL) fail("no memory for the order of %zu senders", senders);
}

static void leave_out(order *o, token t) {
  if (o->left_out_count == o->left_out_capacity) {
    o->left_out_capacity = o->left_out_capacity == 0 ? 16 : o->left_out_capacity * 2;
    o->left_out = realloc(o->left_out, o->left_out_capacity * sizeof *o->left_out);
    if (o->left_out == NULL) fail("no memory for %u lost messages", o->left_out_capacity);
  }
  o->left_out[o->left_out_count++] = t;
}

// Where a message stands among those left out, or -1.
static int64_t find(const order *o, token t) {
  for (uint32_t i = 0; i < o->left_out_count; i++) {
    if (o->left_out[i].sender == t.sender && o->left_out[i].number == t.number) return i;
  }
  return -1;
}

bool order_take_odd(order *o, token t, tally *counts) {
  uint32_t *next = &o->next[t.sender];
  if (t.number >= *next) {
    while (*next < t.number) leave_out(o, (token){t.sender, (*next)++});
    *next = t.number + 1;
    return true;
  }
  int64_t place = find(o, t);
  if (place < 0) {
    counts->repeated++;
    return false;
  }
  o->left_out[place] = o->left_out[--o->left_out_count];
  counts->reordered++;
  return true;
}

bool order_has(const order *o, token t) {
  return t.number < o->next[t.sender] && find(o, t) < 0;
}

uint64_t order_missing(const order *o, uint32_t sender, uint32_t sent) {
  uint64_t missing = sent > o->next[sender] ? sent - o->next[sender] : 0;
  for (uint32_t i = 0; i < o->left_out_count; i++) missing += o->left_out[i].sender == sender;
  return missing;
}
