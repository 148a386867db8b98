#include "sender.h"

static void publish(sender *s, uint64_t since) {
  fan *f = s->fan;
  token t = {.sender = s->index, .number = s->next++};
  *sender_publication(s, t.number) = (publication){
      .since = since, .place = PLACE_NONE, .missing = (uint32_t)f->live};
  s->is_posting = f->publishing == &wire_post;
  f->publishing->send(&s->client, &f->message, t);
}

// When the next publication is due.
static uint64_t due(const sender *s) {
  const fan *f = s->fan;
  return f->began + ((uint64_t)s->next * f->sender_count + s->index) * f->interval;
}

void sender_pump(sender *s) {
  fan *f = s->fan;
  bool is_open_loop = f->interval > 0;
  while (s->client.phase == PHASE_LIVE && !s->is_posting && s->next - s->oldest < f->slots) {
    if (is_open_loop ? s->next >= s->allowed : s->next - s->oldest >= f->in_flight) return;
    publish(s, is_open_loop ? due(s) : f->stage->loop.now);
  }
}

void sender_note_complete(sender *s) {
  while (s->oldest < s->next && sender_publication(s, s->oldest)->missing == 0) s->oldest++;
  sender_pump(s);
}

static void ready(client *c) { client_joined(c); }

static void text(client *c, const uint8_t *bytes, size_t length) {
  (void)bytes, (void)length;
  sender *s = (sender *)c;
  s->is_posting = false;
  sender_pump(s);
}

static void closed(client *c) { ((sender *)c)->fan->tally.closed_early++; }

static const role sending = {.ready = ready, .text = text, .closed = closed};

void sender_dial(sender *s, fan *f, size_t index) {
  s->fan = f;
  s->index = (uint32_t)index;
  s->client.target = &f->stage->publish_target;
  s->client.path = f->publish_path;
  client_dial(&s->client, f->stage, f->publishing, &sending, false);
}
