#include "subscriber.h"

#include "packet.h"
#include "sender.h"

static void deliver(subscriber *s, token t) {
  fan *f = s->fan;
  if (!order_take(&s->order, t, &f->tally)) return;
  sender *from = &f->senders[t.sender];
  publication *p = sender_publication(from, t.number);
  tally_add(&f->tally, f->stage->loop.now, p->since);
  if (--p->missing == 0) sender_note_complete(from);
}

// A text that is not the one that others got at this point: reads its token.
static void read_text(subscriber *s, const uint8_t *text, size_t length) {
  fan *f = s->fan;
  token t;
  if (!token_find(text, length, &t)) return;
  if (t.sender >= f->sender_count || !sender_knows(&f->senders[t.sender], t.number)) {
    f->tally.strange++;
    return;
  }
  publication *p = sender_publication(&f->senders[t.sender], t.number);
  if (p->place == PLACE_NONE) p->place = memo_add(&f->memo, t, text, length);
  s->place = p->place + 1;
  deliver(s, t);
}

static void text(client *c, const uint8_t *bytes, size_t length) {
  subscriber *s = (subscriber *)c;
  if (c->is_joining) {
    if (length > 1 && bytes[1] == PACKET_ACK) client_joined(c);
    return;
  }
  const token *known = memo_match(&s->fan->memo, s->place, bytes, length);
  if (known == NULL) return read_text(s, bytes, length);
  s->place++;
  deliver(s, *known);
}

static void ready(client *c) {
  fan *f = ((subscriber *)c)->fan;
  if (f->asks_to_subscribe) socketio_subscribe(c);
  else client_joined(c);
}

// What it lacks is lost, and nobody waits for it any more.
static void closed(client *c) {
  subscriber *s = (subscriber *)c;
  fan *f = s->fan;
  f->tally.closed_early++;
  f->live--;
  for (uint32_t i = 0; i < f->sender_count; i++) {
    sender *from = &f->senders[i];
    for (uint32_t n = from->oldest; n < from->next; n++) {
      if (!order_has(&s->order, (token){i, n})) sender_publication(from, n)->missing--;
    }
    f->tally.lost += order_missing(&s->order, i, from->next);
    sender_note_complete(from);
  }
}

static const role subscribing = {.ready = ready, .text = text, .closed = closed};

void subscriber_dial(subscriber *s, fan *f) {
  s->fan = f;
  s->client.path = f->subscribe_path;
  order_open(&s->order, f->sender_count);
  client_dial(&s->client, f->stage, f->subscribing, &subscribing, false);
}
