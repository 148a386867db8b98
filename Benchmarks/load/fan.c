#include "fan.h"

#include <stdlib.h>

#include "clock.h"
#include "failure.h"
#include "sender.h"
#include "subscriber.h"

enum { OPEN_LOOP_SLOTS = 1 << 16, PATIENCE_SECONDS = 3, SETTLING_MILLISECONDS = 300 };

fan fan_of_options(stage *s) {
  const options *o = s->options;
  if (o->subscribers < 1 || o->publishers < 1) fail("a fan-out needs subscribers and publishers");
  return (fan){.stage = s, .subscribing = &wire_socketio, .publishing = &wire_socketio,
               .asks_to_subscribe = true, .message = socketio_event(o, o->publish_event, false),
               .subscriber_count = (size_t)o->subscribers, .sender_count = (size_t)o->publishers};
}

static void dial_subscriber(void *context, size_t index) {
  fan *f = context;
  subscriber_dial(&f->subscribers[index], f);
}

static void dial_sender(void *context, size_t index) {
  fan *f = context;
  sender_dial(&f->senders[index], f, index);
}

void fan_join(fan *f) {
  f->subscribers = calloc(f->subscriber_count, sizeof *f->subscribers);
  f->senders = calloc(f->sender_count, sizeof *f->senders);
  if (f->subscribers == NULL || f->senders == NULL) fail("no memory for a fan-out");
  f->live = f->subscriber_count;
  memo_open(&f->memo, message_length(&f->message) + 256);
  stage_join(f->stage, f->subscriber_count, dial_subscriber, f);
  stage_join(f->stage, f->sender_count, dial_sender, f);
  // A wire without an ack does not tell when a subscription holds.
  uint64_t settling = f->asks_to_subscribe ? 0 : SETTLING_MILLISECONDS * CLOCK_MILLISECOND;
  stage_run(f->stage, clock_now() + settling);
}

static void make_slots(fan *f, uint32_t wanted) {
  f->slots = 1;
  while (f->slots < wanted) f->slots *= 2;
  for (size_t i = 0; i < f->sender_count; i++) {
    f->senders[i].publications = calloc(f->slots, sizeof(publication));
    if (f->senders[i].publications == NULL) fail("no memory for %u publications", f->slots);
  }
}

void fan_start(fan *f, uint32_t in_flight) {
  f->in_flight = in_flight;
  make_slots(f, 2 * in_flight);
  for (size_t i = 0; i < f->sender_count; i++) sender_pump(&f->senders[i]);
}

void fan_start_timetable(fan *f, double publications_per_second) {
  f->interval = (uint64_t)((double)CLOCK_SECOND / publications_per_second);
  make_slots(f, OPEN_LOOP_SLOTS);
  f->began = clock_now() + f->interval;
}

// Lets everything go that is due; returns when the next one will be.
static uint64_t release(fan *f, uint64_t now) {
  uint64_t next;
  while ((next = f->began + f->released * f->interval) <= now) {
    sender *s = &f->senders[f->released++ % f->sender_count];
    s->allowed++;
    sender_pump(s);
  }
  return next;
}

void fan_run(fan *f, uint64_t until) {
  uint64_t now;
  while ((now = clock_now()) < until) {
    uint64_t next = f->interval > 0 ? release(f, now) : until;
    stage_flush(f->stage);
    stage_turn(f->stage, next < until ? next : until);
  }
}

void fan_measure(fan *f, window *w, double seconds) {
  fan_run(f, clock_now() + clock_seconds(f->stage->options->warmup));
  window_begin(w, f->stage, &f->tally);
  fan_run(f, w->began + clock_seconds(seconds));
  window_end(w, f->stage, &f->tally);
}

static bool is_complete(const fan *f) {
  for (size_t i = 0; i < f->sender_count; i++) {
    if (f->senders[i].oldest < f->senders[i].next) return false;
  }
  return true;
}

void fan_finish(fan *f) {
  if (f->interval == 0) f->in_flight = 0;
  uint64_t now, patience = clock_now() + PATIENCE_SECONDS * CLOCK_SECOND;
  while (!is_complete(f) && (now = clock_now()) < patience) {
    stage_turn(f->stage, now + 20 * CLOCK_MILLISECOND);
  }
  for (size_t i = 0; i < f->subscriber_count; i++) {
    subscriber *s = &f->subscribers[i];
    if (s->client.phase != PHASE_LIVE) continue;
    for (uint32_t k = 0; k < f->sender_count; k++) {
      f->tally.lost += order_missing(&s->order, k, f->senders[k].next);
    }
  }
}
