#include "fan.h"

#include <stdlib.h>

#include "clock.h"
#include "failure.h"
#include "packet.h"

enum { OPEN_LOOP_SLOTS = 1 << 16, PATIENCE_SECONDS = 3, SETTLING_MILLISECONDS = 300 };

typedef struct publication {
  uint64_t since;    // when it was sent, or due
  uint64_t place;    // in the memo, once somebody has it
  uint32_t missing;  // subscribers that lack it
} publication;

typedef struct subscriber {
  client client;
  fan *fan;
  order order;
  uint64_t place;  // in the memo, of what it should get next
} subscriber;

typedef struct sender {
  client client;
  fan *fan;
  uint32_t index;
  uint32_t oldest, next;  // the first that some subscriber lacks, and the one to publish next
  uint32_t allowed;       // open loop: how many were due
  bool is_posting;        // the last one's POST is not answered
  publication *publications;
} sender;

fan fan_of_options(stage *s) {
  const options *o = s->options;
  if (o->subscribers < 1 || o->publishers < 1) fail("a fan-out needs subscribers and publishers");
  return (fan){.stage = s, .subscribing = &wire_socketio, .publishing = &wire_socketio,
               .asks_to_subscribe = true, .message = socketio_event(o, o->publish_event, false),
               .subscriber_count = (size_t)o->subscribers, .sender_count = (size_t)o->publishers};
}

static publication *publication_of(fan *f, token t) {
  return &f->senders[t.sender].publications[t.number & (f->slots - 1)];
}

static void publish(sender *s, uint64_t since) {
  fan *f = s->fan;
  token t = {.sender = s->index, .number = s->next++};
  *publication_of(f, t) = (publication){
      .since = since, .place = UINT64_MAX, .missing = (uint32_t)f->live};
  s->is_posting = f->publishing == &wire_post;
  f->publishing->send(&s->client, &f->message, t);
}

// When a sender's next publication is due.
static uint64_t due(const sender *s) {
  const fan *f = s->fan;
  return f->began + ((uint64_t)s->next * f->sender_count + s->index) * f->interval;
}

// Publishes whatever may be published now.
static void pump(sender *s) {
  fan *f = s->fan;
  while (s->client.phase == PHASE_LIVE && !s->is_posting && s->next - s->oldest < f->slots) {
    if (f->interval > 0) {
      if (s->next >= s->allowed) return;
      publish(s, due(s));
    } else {
      if (s->next - s->oldest >= f->in_flight) return;
      publish(s, f->stage->loop.now);
    }
  }
}

static void note_complete(sender *s) {
  while (s->oldest < s->next && s->publications[s->oldest & (s->fan->slots - 1)].missing == 0) {
    s->oldest++;
  }
  pump(s);
}

static void deliver(subscriber *s, token t) {
  fan *f = s->fan;
  if (!order_take(&s->order, t, &f->tally)) return;
  publication *p = publication_of(f, t);
  tally_add(&f->tally, f->stage->loop.now, p->since);
  if (--p->missing == 0) note_complete(&f->senders[t.sender]);
}

// A text that is not the one that others got at this point: reads its token.
static void read_text(subscriber *s, const uint8_t *text, size_t length) {
  fan *f = s->fan;
  token t;
  if (!token_find(text, length, &t)) return;
  if (t.sender >= f->sender_count || t.number >= f->senders[t.sender].next ||
      t.number + f->slots < f->senders[t.sender].next) {
    f->tally.strange++;
    return;
  }
  publication *p = publication_of(f, t);
  if (p->place == UINT64_MAX) p->place = memo_add(&f->memo, t, text, length);
  s->place = p->place + 1;
  deliver(s, t);
}

static void subscriber_text(client *c, const uint8_t *text, size_t length) {
  subscriber *s = (subscriber *)c;
  if (c->is_joining) {
    if (length > 1 && text[1] == PACKET_ACK) client_joined(c);
    return;
  }
  const token *known = memo_match(&s->fan->memo, s->place, text, length);
  if (known == NULL) return read_text(s, text, length);
  s->place++;
  deliver(s, *known);
}

static void subscriber_ready(client *c) {
  fan *f = ((subscriber *)c)->fan;
  if (!f->asks_to_subscribe) return client_joined(c);
  socketio_subscribe(c);
}

static void subscriber_closed(client *c) {
  subscriber *s = (subscriber *)c;
  fan *f = s->fan;
  f->tally.closed_early++;
  f->live--;
  for (uint32_t i = 0; i < f->sender_count; i++) {
    sender *from = &f->senders[i];
    for (uint32_t n = from->oldest; n < from->next; n++) {
      token t = {i, n};
      if (order_has(&s->order, t)) continue;
      publication_of(f, t)->missing--;
      f->tally.lost++;
    }
    note_complete(from);
  }
}

static void sender_ready(client *c) { client_joined(c); }

static void sender_text(client *c, const uint8_t *text, size_t length) {
  (void)text, (void)length;
  sender *s = (sender *)c;
  s->is_posting = false;
  pump(s);
}

static void sender_closed(client *c) { ((sender *)c)->fan->tally.closed_early++; }

static const role subscribing = {
    .ready = subscriber_ready, .text = subscriber_text, .closed = subscriber_closed};
static const role sending = {
    .ready = sender_ready, .text = sender_text, .closed = sender_closed};

static void dial_subscriber(void *context, size_t index) {
  fan *f = context;
  subscriber *s = &f->subscribers[index];
  s->fan = f;
  s->client.path = f->subscribe_path;
  order_open(&s->order, f->sender_count);
  client_dial(&s->client, f->stage, f->subscribing, &subscribing, false);
}

static void dial_sender(void *context, size_t index) {
  fan *f = context;
  sender *s = &f->senders[index];
  s->fan = f;
  s->index = (uint32_t)index;
  s->client.path = f->publish_path;
  client_dial(&s->client, f->stage, f->publishing, &sending, false);
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
  for (size_t i = 0; i < f->sender_count; i++) pump(&f->senders[i]);
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
    pump(s);
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
