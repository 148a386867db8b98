// Channels: each has one subscriber, and publications in a closed loop go to all of them at random.
// Subscribers stay as many however many channels there are, so that only these make a difference;
// and each channel has had a publication before anything counts, so that none has to be made.
#include <stdio.h>
#include <stdlib.h>

#include "client.h"
#include "clock.h"
#include "failure.h"
#include "packet.h"
#include "scenario.h"
#include "window.h"

// Publications of one publisher that are known, a power of two; subscriptions asked for at once.
enum { SLOTS = 1 << 13, ASKED_AT_ONCE = 100, ARGUMENTS_LONGEST = 1 << 16, PATIENCE_SECONDS = 10 };

typedef struct channels {
  stage *stage;
  struct listener *listeners;
  struct speaker *speakers;
  uint64_t channel_count;
  uint32_t listener_count, speaker_count, in_flight;
  uint64_t random;
  uint64_t opened;  // channels that have had a publication
  bool is_over;  // nothing more is published
  tally tally;
} channels;

// Has every channel whose number is its index, modulo the number of listeners.
typedef struct listener {
  client client;
  channels *all;
  uint32_t index;
  uint64_t next_channel;  // to subscribe to
  uint64_t awaited;       // subscriptions that are not acked
  uint32_t *next;         // the number that no later message of each speaker is below
} listener;

typedef struct publication {
  uint64_t since;
  uint32_t listener;
  bool is_open;
} publication;

typedef struct speaker {
  client client;
  channels *all;
  uint32_t index, next, open;
  publication publications[SLOTS];
} speaker;

static publication *publication_of(speaker *s, uint32_t number) {
  return &s->publications[number & (SLOTS - 1)];
}

// Each one once, then a fixed sequence, for that runs are alike.
static uint64_t next_channel(channels *all) {
  if (all->opened < all->channel_count) return all->opened++;
  all->random ^= all->random << 13;
  all->random ^= all->random >> 7;
  all->random ^= all->random << 17;
  return all->random % all->channel_count;
}

static void publish(speaker *s) {
  static char arguments[ARGUMENTS_LONGEST];
  channels *all = s->all;
  const options *o = all->stage->options;
  uint64_t channel = next_channel(all);
  uint32_t number = s->next++;
  *publication_of(s, number) = (publication){
      .since = all->stage->loop.now,
      .listener = (uint32_t)(channel % all->listener_count),
      .is_open = true};
  s->open++;
  int before = snprintf(arguments, sizeof arguments, "\"c%llu\",\"", (unsigned long long)channel);
  int length = snprintf(arguments + before, 32, "#%u.%u#", s->index, number);
  char *end = arguments + before + length;
  while (end < arguments + before + o->payload) *end++ = 'x';
  memcpy(end, "\"", 2);
  socketio_emit(&s->client, o->say_event, arguments, false);
}

static void pump(speaker *s) {
  channels *all = s->all;
  if (all->is_over || s->client.phase != PHASE_LIVE) return;
  while (s->open < all->in_flight && !publication_of(s, s->next)->is_open) publish(s);
}

static void deliver(listener *l, token t) {
  channels *all = l->all;
  speaker *s = t.sender < all->speaker_count ? &all->speakers[t.sender] : NULL;
  bool is_known = s != NULL && t.number < s->next && s->next - t.number <= SLOTS;
  publication *p = is_known ? publication_of(s, t.number) : NULL;
  if (p == NULL || p->listener != l->index) {
    all->tally.strange++;
    return;
  }
  if (!p->is_open) {
    all->tally.repeated++;
    return;
  }
  if (t.number < l->next[t.sender]) all->tally.reordered++;
  else l->next[t.sender] = t.number + 1;
  p->is_open = false;
  s->open--;
  tally_add(&all->tally, all->stage->loop.now, p->since);
  pump(s);
}

static void ask(listener *l) {
  channels *all = l->all;
  while (l->next_channel < all->channel_count && l->awaited < ASKED_AT_ONCE) {
    char name[32];
    snprintf(name, sizeof name, "\"c%llu\"", (unsigned long long)l->next_channel);
    socketio_emit(&l->client, all->stage->options->join_event, name, true);
    l->next_channel += all->listener_count;
    l->awaited++;
  }
  if (l->awaited == 0) client_joined(&l->client);
}

static void listener_ready(client *c) { ask((listener *)c); }

static void listener_text(client *c, const uint8_t *text, size_t length) {
  listener *l = (listener *)c;
  token t;
  if (length > 1 && text[1] == PACKET_ACK) {
    l->awaited--;
    ask(l);
  } else if (token_find(text, length, &t)) {
    deliver(l, t);
  }
}

static void listener_closed(client *c) { ((listener *)c)->all->tally.closed_early++; }

static void speaker_ready(client *c) { client_joined(c); }

static void speaker_text(client *c, const uint8_t *text, size_t length) {
  (void)c, (void)text, (void)length;
}

static void speaker_closed(client *c) { ((speaker *)c)->all->tally.closed_early++; }

static const role listening = {
    .ready = listener_ready, .text = listener_text, .closed = listener_closed};
static const role speaking = {
    .ready = speaker_ready, .text = speaker_text, .closed = speaker_closed};

static void dial_listener(void *context, size_t index) {
  channels *all = context;
  listener *l = &all->listeners[index];
  l->all = all;
  l->index = (uint32_t)index;
  l->next_channel = index;
  l->next = calloc(all->speaker_count, sizeof *l->next);
  if (l->next == NULL) fail("no memory for the order of %u publishers", all->speaker_count);
  client_dial(&l->client, all->stage, &wire_socketio, &listening, false);
}

static void dial_speaker(void *context, size_t index) {
  channels *all = context;
  speaker *s = &all->speakers[index];
  s->all = all;
  s->index = (uint32_t)index;
  client_dial(&s->client, all->stage, &wire_socketio, &speaking, false);
}

static void join(channels *all) {
  all->listeners = calloc(all->listener_count, sizeof *all->listeners);
  all->speakers = calloc(all->speaker_count, sizeof *all->speakers);
  if (all->listeners == NULL || all->speakers == NULL) fail("no memory for the clients");
  stage_join(all->stage, all->listener_count, dial_listener, all);
  stage_join(all->stage, all->speaker_count, dial_speaker, all);
}

// Publishes on every channel once.
static void open_all(channels *all) {
  for (uint32_t i = 0; i < all->speaker_count; i++) pump(&all->speakers[i]);
  uint64_t before = 0, patience = 0;
  while (all->opened < all->channel_count) {
    if (all->opened > before) patience = clock_now() + PATIENCE_SECONDS * CLOCK_SECOND;
    if (clock_now() > patience) fail("no publication came through for %d s", PATIENCE_SECONDS);
    before = all->opened;
    stage_turn(all->stage, clock_now() + 100 * CLOCK_MILLISECOND);
  }
}

static uint64_t on_their_way(const channels *all) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < all->speaker_count; i++) count += all->speakers[i].open;
  return count;
}

static void finish(channels *all) {
  all->is_over = true;
  uint64_t patience = clock_now() + 3 * CLOCK_SECOND;
  while (on_their_way(all) > 0 && clock_now() < patience) {
    stage_turn(all->stage, clock_now() + 20 * CLOCK_MILLISECOND);
  }
  all->tally.lost += on_their_way(all);
}

void scenario_channels(stage *s, report *r) {
  static channels all;
  const options *o = s->options;
  if (o->channels < 1 || o->subscribers < 1 || o->publishers < 1) {
    fail("channels need subscribers and publishers");
  }
  all = (channels){.stage = s, .channel_count = (uint64_t)o->channels,
                   .listener_count = (uint32_t)o->subscribers,
                   .speaker_count = (uint32_t)o->publishers,
                   .in_flight = (uint32_t)o->in_flight, .random = 88172645463325252};
  window w;
  window_open(&w, s);
  uint64_t began = clock_now();
  join(&all);
  double joined = (double)(clock_now() - began) / (double)CLOCK_SECOND;
  open_all(&all);
  window_run(&w, s, &all.tally);
  finish(&all);
  window_report(&w, s, &all.tally, r);
  report_number(r, "join_seconds", joined, 3);
}
