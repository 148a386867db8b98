// Stalled: like latency, while some more subscribers never read. The others' times are what counts;
// of the stalled ones, when the server gave them up, and what it had to say to them.
#include <stdlib.h>

#include "clock.h"
#include "failure.h"
#include "fan.h"
#include "packet.h"
#include "peer_state.h"
#include "scenario.h"
#include "window.h"

enum { LOOK_MILLISECONDS = 50, DRAIN_SECONDS = 3 };

typedef struct staller {
  client client;
  uint64_t given_up;  // when the server closed it, as far as that shows
} staller;

static void ready(client *c) { socketio_subscribe(c); }

static void text(client *c, const uint8_t *bytes, size_t length) {
  if (!c->is_joining || length < 2 || bytes[1] != PACKET_ACK) return;
  client_joined(c);
  client_stall(c);
}

static const role stalling = {.ready = ready, .text = text, .closed = NULL};

typedef struct stalled {
  stage *stage;
  fan fan;
  peer_state states;
  staller *stallers;
  size_t count;
} stalled;

static void dial(void *context, size_t index) {
  stalled *all = context;
  client_dial(&all->stallers[index].client, all->stage, &wire_socketio, &stalling, true);
}

// Looks whether the server has closed its ends. Its last bytes cannot arrive at who does not read,
// so the system is asked about the server's sockets.
static void look(stalled *all) {
  for (size_t i = 0; i < all->count; i++) {
    staller *s = &all->stallers[i];
    if (s->given_up != 0) continue;
    bool is_over = s->client.phase == PHASE_OVER;
    if (is_over || !peer_state_is_open(&all->states, s->client.watch.fd)) s->given_up = clock_now();
  }
}

static void run_until(stalled *all, uint64_t until) {
  uint64_t now;
  while ((now = clock_now()) < until) {
    uint64_t next = now + LOOK_MILLISECONDS * CLOCK_MILLISECOND;
    fan_run(&all->fan, next < until ? next : until);
    look(all);
  }
}

// Reads at last what the stalled ones were sent, until each one's end, or for some seconds.
static void drain(stalled *all) {
  uint64_t patience = clock_now() + DRAIN_SECONDS * CLOCK_SECOND;
  for (size_t i = 0; i < all->count; i++) client_unstall(&all->stallers[i].client);
  for (;;) {
    size_t open = 0;
    for (size_t i = 0; i < all->count; i++) open += all->stallers[i].client.phase != PHASE_OVER;
    if (open == 0 || clock_now() > patience) return;
    stage_turn(all->stage, clock_now() + 20 * CLOCK_MILLISECOND);
  }
}

static void report_stalled(const stalled *all, uint64_t began, report *r) {
  size_t given_up = 0;
  uint64_t last = began;
  for (size_t i = 0; i < all->count; i++) {
    uint64_t when = all->stallers[i].given_up;
    given_up += when != 0;
    if (when > last) last = when;
  }
  report_count(r, "stalled", all->count);
  report_count(r, "disconnected", given_up);
  if (given_up > 0) {
    report_number(r, "disconnected_after", (double)(last - began) / (double)CLOCK_SECOND, 3);
  }
  report_list(r, "stalled_reasons");
  for (size_t i = 0; i < all->count; i++) {
    const client *c = &all->stallers[i].client;
    report_list_add(r, c->phase == PHASE_OVER ? c->reason : "still connected");
  }
}

void scenario_stalled(stage *s, report *r) {
  static stalled all;
  const options *o = s->options;
  all.stage = s;
  all.count = (size_t)o->stalled;
  all.stallers = calloc(all.count + 1, sizeof *all.stallers);
  if (all.stallers == NULL) fail("no memory for %zu stalled subscribers", all.count);
  all.fan = fan_of_options(s);
  window w;
  window_open(&w, s);
  fan_join(&all.fan);
  stage_join(s, all.count, dial, &all);
  if (all.count > 0) peer_state_open(&all.states, all.stallers[0].client.watch.fd);
  fan_start_timetable(&all.fan, o->rate / (double)o->subscribers);
  uint64_t began = clock_now();
  run_until(&all, began + clock_seconds(o->warmup));
  window_begin(&w, s, &all.fan.tally);
  run_until(&all, w.began + clock_seconds(o->duration));
  window_end(&w, s, &all.fan.tally);
  fan_finish(&all.fan);
  look(&all);
  drain(&all);
  window_report(&w, s, &all.fan.tally, r);
  report_stalled(&all, began, r);
}
