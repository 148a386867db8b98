// A publisher of a fan-out: what it has on its way, and when it may publish more.
#ifndef LOAD_SENDER_H
#define LOAD_SENDER_H

#include "fan.h"

typedef struct publication {
  uint64_t since;    // when it was sent, or due
  uint64_t place;    // in the memo, once somebody has it; `PLACE_NONE` before
  uint32_t missing;  // subscribers that lack it
} publication;

#define PLACE_NONE UINT64_MAX

typedef struct sender {
  client client;
  fan *fan;
  uint32_t index;
  uint32_t oldest, next;  // the first that some subscriber lacks, and the one to publish next
  uint32_t allowed;       // open loop: how many were due
  bool is_posting;        // the last one's POST is not answered
  publication *publications;
} sender;

void sender_dial(sender *s, fan *f, size_t index);
/// Publishes whatever may be published now.
void sender_pump(sender *s);
/// Some publication has reached everybody: moves on to the oldest that has not.
void sender_note_complete(sender *s);

static inline publication *sender_publication(const sender *s, uint32_t number) {
  return &s->publications[number & (s->fan->slots - 1)];
}

/// True when a token is of a publication that can still be on its way.
static inline bool sender_knows(const sender *s, uint32_t number) {
  return number < s->next && s->next - number <= s->fan->slots;
}

#endif
