// Connect: lanes of clients that connect, join, leave and come again. A life counts from the
// dialing to the end of the connection, which the server says.
#include <stdlib.h>

#include "client.h"
#include "clock.h"
#include "failure.h"
#include "frame.h"
#include "scenario.h"
#include "window.h"

typedef struct connect {
  stage *stage;
  tally tally;
  struct lane *lanes;
  struct lane *empty;  // whose client is gone; the next one is dialed when the round is over
  size_t busy;
} connect_run;

typedef struct lane {
  client client;
  connect_run *run;
  struct lane *next_empty;
  uint64_t began;
} lane;

static void ready(client *c) {
  client_joined(c);
  socketio_leave(c);
}

static void text(client *c, const uint8_t *bytes, size_t length) {
  (void)c, (void)bytes, (void)length;
}

static void closed(client *c) {
  lane *l = (lane *)c;
  connect_run *all = l->run;
  all->stage->loop.now = clock_now();
  tally_add(&all->tally, all->stage->loop.now, l->began);
  l->next_empty = all->empty;
  all->empty = l;
  all->busy--;
}

static const role visiting = {.ready = ready, .text = text, .closed = closed};

static void begin(lane *l) {
  l->began = clock_now();
  l->run->busy++;
  client_dial(&l->client, l->run->stage, &wire_socketio, &visiting, false);
}

static void run_until(connect_run *all, uint64_t until) {
  while (all->stage->loop.now < until) {
    while (all->empty != NULL) {
      lane *l = all->empty;
      all->empty = l->next_empty;
      begin(l);
    }
    stage_turn(all->stage, until);
  }
}

void scenario_connect(stage *s, report *r) {
  static connect_run all;
  const options *o = s->options;
  all.stage = s;
  all.lanes = calloc((size_t)o->lanes, sizeof *all.lanes);
  if (all.lanes == NULL) fail("no memory for %ld lanes", o->lanes);
  window w;
  window_open(&w, s);
  for (long i = 0; i < o->lanes; i++) {
    all.lanes[i].run = &all;
    begin(&all.lanes[i]);
  }
  run_until(&all, clock_now() + clock_seconds(o->warmup));
  window_begin(&w, s, &all.tally);
  run_until(&all, w.began + clock_seconds(o->duration));
  window_end(&w, s, &all.tally);
  uint64_t patience = clock_now() + 3 * CLOCK_SECOND;
  while (all.busy > 0 && s->loop.now < patience) stage_turn(s, patience);
  all.tally.lost = all.busy;
  window_report(&w, s, &all.tally, r);
}
