// Echo: a closed loop of messages and their answers on every connection.
#include <stdlib.h>

#include "client.h"
#include "clock.h"
#include "failure.h"
#include "order.h"
#include "scenario.h"
#include "window.h"

typedef struct echo {
  stage *stage;
  struct echoer *echoers;
  tally tally;
  message message;
  uint32_t slots;   // a power of two
  bool is_over;     // nothing more is sent
} echo;

typedef struct echoer {
  client client;
  echo *echo;
  uint32_t index, sent, answered;
  order order;
  uint64_t *sent_at;  // by number, as many as there are slots
} echoer;

static void say(echoer *e) {
  echo *all = e->echo;
  token t = {.sender = e->index, .number = e->sent++};
  e->sent_at[t.number & (all->slots - 1)] = all->stage->loop.now;
  wire_socketio.send(&e->client, &all->message, t);
}

static void ready(client *c) { client_joined(c); }

static void text(client *c, const uint8_t *bytes, size_t length) {
  echoer *e = (echoer *)c;
  echo *all = e->echo;
  token t;
  if (!token_find(bytes, length, &t)) return;
  if (t.sender != e->index || t.number >= e->sent) {
    all->tally.strange++;
    return;
  }
  if (!order_take(&e->order, (token){0, t.number}, &all->tally)) return;
  e->answered++;
  tally_add(&all->tally, c->stage->loop.now, e->sent_at[t.number & (all->slots - 1)]);
  if (!all->is_over) say(e);
}

static void closed(client *c) { ((echoer *)c)->echo->tally.closed_early++; }

static const role echoing = {.ready = ready, .text = text, .closed = closed};

static void dial(void *context, size_t index) {
  echo *all = context;
  echoer *e = &all->echoers[index];
  e->echo = all;
  e->index = (uint32_t)index;
  e->sent_at = calloc(all->slots, sizeof *e->sent_at);
  if (e->sent_at == NULL) fail("no memory for %u messages in flight", all->slots);
  order_open(&e->order, 1);
  client_dial(&e->client, all->stage, &wire_socketio, &echoing, false);
}

static size_t unanswered(const echo *all) {
  size_t count = 0;
  for (long i = 0; i < all->stage->options->connections; i++) {
    count += all->echoers[i].sent - all->echoers[i].answered;
  }
  return count;
}

static void finish(echo *all) {
  all->is_over = true;
  uint64_t patience = clock_now() + 3 * CLOCK_SECOND;
  while (unanswered(all) > 0 && clock_now() < patience) {
    stage_turn(all->stage, clock_now() + 20 * CLOCK_MILLISECOND);
  }
  all->tally.lost += unanswered(all);
}

void scenario_echo(stage *s, report *r) {
  static echo all;
  const options *o = s->options;
  all.stage = s;
  all.echoers = calloc((size_t)o->connections, sizeof *all.echoers);
  if (all.echoers == NULL) fail("no memory for %ld connections", o->connections);
  all.slots = 1;
  while (all.slots < 2 * o->in_flight) all.slots *= 2;
  all.message = socketio_event(o, o->event, o->reply_event == NULL);
  window w;
  window_open(&w, s);
  stage_join(s, (size_t)o->connections, dial, &all);
  for (long i = 0; i < o->connections; i++) {
    for (long k = 0; k < o->in_flight; k++) say(&all.echoers[i]);
  }
  window_run(&w, s, &all.tally);
  finish(&all);
  window_report(&w, s, &all.tally, r);
}
