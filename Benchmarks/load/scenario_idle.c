// Idle: many connections that only answer heartbeats, and what they cost the server in memory; on
// demand with a fan-out among them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "clock.h"
#include "failure.h"
#include "fan.h"
#include "scenario.h"
#include "usage.h"
#include "window.h"

enum { QUIET_SECONDS = 2 };

typedef struct idler {
  client client;
  struct idle *idle;
} idler;

typedef struct idle {
  stage *stage;
  idler *idlers;
  const wire *wire;
  char path[256];  // of the request; empty when the wire knows its own
  uint64_t closed_early;
} idle;

static void ready(client *c) { client_joined(c); }

static void text(client *c, const uint8_t *bytes, size_t length) {
  (void)c, (void)bytes, (void)length;
}

static void closed(client *c) { ((idler *)c)->idle->closed_early++; }

static const role idling = {.ready = ready, .text = text, .closed = closed};

static void dial(void *context, size_t index) {
  idle *all = context;
  idler *i = &all->idlers[index];
  i->idle = all;
  i->client.path = all->path[0] != 0 ? all->path : NULL;
  client_dial(&i->client, all->stage, all->wire, &idling, false);
}

static void choose_wire(idle *all, const options *o) {
  if (strcmp(o->kind, "websocket") == 0) {
    all->wire = &wire_socketio;
  } else if (strcmp(o->kind, "sse") == 0) {
    all->wire = &wire_events;
    snprintf(all->path, sizeof all->path, "%s/events?channel=%s", o->namespace, o->channel);
    if (o->subscribe_path != NULL) snprintf(all->path, sizeof all->path, "%s", o->subscribe_path);
  } else if (strcmp(o->kind, "plain") == 0) {
    all->wire = &wire_websocket;
    snprintf(all->path, sizeof all->path, "%s", o->subscribe_path != NULL ? o->subscribe_path : "/");
  } else {
    fail("--kind is websocket, sse or plain, not %s", o->kind);
  }
}

static void report_memory(const idle *all, const window *w, report *r) {
  const options *o = all->stage->options;
  if (o->pid == 0) return;
  uint64_t now = usage_resident(o->pid);
  uint64_t grown = now > w->memory_before ? now - w->memory_before : 0;
  report_count(r, "rss_idle", now);
  report_count(r, "per_connection", grown / (uint64_t)o->connections);
}

// Lets a fan-out go on among the idle connections for as long as they are held.
static void run_fan_out(stage *s, window *w, tally *t) {
  static fan f;
  static options o;
  long subscribers;
  double rate;
  o = *s->options;
  if (sscanf(o.with_fan_out, "%ld:%lf", &subscribers, &rate) != 2 || subscribers < 1 || rate <= 0) {
    fail("--with-fan-out is SUBSCRIBERS:RATE, not %s", o.with_fan_out);
  }
  f = fan_of_options(s);
  f.subscriber_count = (size_t)subscribers;
  fan_join(&f);
  fan_start_timetable(&f, rate / (double)subscribers);
  fan_measure(&f, w, o.hold);
  fan_finish(&f);
  *t = f.tally;
}

void scenario_idle(stage *s, report *r) {
  static idle all;
  static tally t;
  const options *o = s->options;
  all.stage = s;
  all.idlers = calloc((size_t)o->connections, sizeof *all.idlers);
  if (all.idlers == NULL) fail("no memory for %ld connections", o->connections);
  choose_wire(&all, o);
  window w;
  window_open(&w, s);
  uint64_t began = clock_now();
  stage_join(s, (size_t)o->connections, dial, &all);
  report_number(r, "join_seconds", (double)(clock_now() - began) / (double)CLOCK_SECOND, 3);
  double quiet = o->with_fan_out != NULL && o->hold > QUIET_SECONDS ? QUIET_SECONDS : o->hold;
  window_begin(&w, s, &t);
  stage_run(s, w.began + clock_seconds(quiet));
  window_end(&w, s, &t);
  report_memory(&all, &w, r);
  if (o->with_fan_out != NULL) run_fan_out(s, &w, &t);
  t.closed_early += all.closed_early;
  window_report(&w, s, &t, r);
}
