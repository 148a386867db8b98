#include "channel.h"

#include <stdlib.h>

#include "failure.h"
#include "frame.h"

static channel *channel_of(probe *p, slice namespace) {
  for (channel *it = p->channels; it != NULL; it = it->next) {
    if (it->namespace_length == namespace.length &&
        memcmp(it->namespace, namespace.bytes, namespace.length) == 0) {
      return it;
    }
  }
  channel *made = calloc(1, sizeof *made);
  if (made == NULL) fail("no memory for a channel");
  made->namespace_length = namespace.length;
  memcpy(made->namespace, namespace.bytes, namespace.length);
  made->next = p->channels;
  p->channels = made;
  return made;
}

void channel_join(connection *c, slice namespace) {
  if (c->channel != NULL || namespace.length > NAMESPACE_LONGEST) return;
  c->channel = channel_of(c->probe, namespace);
  c->seat = c->channel->subscribers.count;
  connections_add(&c->channel->subscribers, c);
}

void channel_leave(connection *c) {
  if (c->channel == NULL) return;
  connections *list = &c->channel->subscribers;
  connection *last = list->items[--list->count];
  list->items[c->seat] = last;
  last->seat = c->seat;
  c->channel = NULL;
}

// Backwards, for a subscriber whose socket fails leaves, and the last one takes its seat.
static void write_round(channel *ch) {
  slice round = {ch->round.bytes, ch->round.used};
  for (size_t i = ch->subscribers.count; i > 0; i--) {
    connection *c = ch->subscribers.items[i - 1];
    if (c->is_waiting) buffer_add(&c->out, round.bytes, round.length);
    else connection_write(c, round);
    if (c->out.used > PROBE_BACKLOG) connection_end(c);
  }
  ch->round.used = 0;
}

void channel_publish(probe *p, slice namespace, slice arguments) {
  if (namespace.length > NAMESPACE_LONGEST) return;
  channel *ch = channel_of(p, namespace);
  size_t mark = frame_begin(&ch->round);
  packet_add_head(&ch->round, PACKET_EVENT, namespace, NULL);
  buffer_text(&ch->round, "[\"pubblication\",");
  buffer_add(&ch->round, arguments.bytes, arguments.length);
  buffer_put(&ch->round, ']');
  frame_end(&ch->round, mark, FRAME_TEXT, 0);
  if (p->writes_each) write_round(ch);
}

void channel_end_round(probe *p) {
  for (channel *it = p->channels; it != NULL; it = it->next) {
    if (it->round.used > 0) write_round(it);
  }
}
