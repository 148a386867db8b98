#include "channel.h"

#include <stdlib.h>

#include "failure.h"
#include "frame.h"

static bool is_of(const channel *ch, slice namespace) {
  return ch->namespace_length == namespace.length &&
         memcmp(ch->namespace, namespace.bytes, namespace.length) == 0;
}

static channel *channel_of(probe *p, wire w, slice namespace) {
  for (channel *it = p->channels; it != NULL; it = it->next) {
    if (it->wire == w && is_of(it, namespace)) return it;
  }
  channel *made = calloc(1, sizeof *made);
  if (made == NULL) fail("no memory for a channel");
  made->wire = w;
  made->namespace_length = namespace.length;
  memcpy(made->namespace, namespace.bytes, namespace.length);
  made->next = p->channels;
  p->channels = made;
  return made;
}

void channel_enter(connection *c, slice namespace) {
  if (c->channel != NULL || namespace.length > NAMESPACE_LONGEST) return;
  c->channel = channel_of(c->probe, c->wire, namespace);
}

void channel_subscribe(connection *c) {
  if (c->channel == NULL || c->is_subscribed) return;
  c->is_subscribed = true;
  c->seat = c->channel->subscribers.count;
  connections_add(&c->channel->subscribers, c);
}

void channel_leave(connection *c) {
  if (c->is_subscribed) {
    connections *list = &c->channel->subscribers;
    connection *last = list->items[--list->count];
    list->items[c->seat] = last;
    last->seat = c->seat;
  }
  c->is_subscribed = false;
  c->channel = NULL;
}

slice channel_namespace(const channel *ch) { return (slice){ch->namespace, ch->namespace_length}; }

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

static void add_json(buffer *b, slice arguments) {
  buffer_text(b, "{\"channel\":\"fan\",\"data\":");
  buffer_add(b, arguments.bytes, arguments.length);
  buffer_put(b, '}');
}

static void add_event(buffer *b, slice namespace, slice arguments) {
  packet_add_head(b, PACKET_EVENT, namespace, NULL);
  buffer_text(b, "[\"pubblication\",");
  buffer_add(b, arguments.bytes, arguments.length);
  buffer_put(b, ']');
}

static void add_publication(channel *ch, slice arguments) {
  buffer *b = &ch->round;
  if (ch->wire == WIRE_EVENT_STREAM) {
    buffer_text(b, "data: ");
    add_json(b, arguments);
    buffer_text(b, "\n\n");
    return;
  }
  size_t mark = frame_begin(b);
  if (ch->wire == WIRE_SOCKETIO) add_event(b, channel_namespace(ch), arguments);
  else add_json(b, arguments);
  frame_end(b, mark, FRAME_TEXT, 0);
}

void channel_publish(probe *p, slice namespace, slice arguments) {
  for (channel *it = p->channels; it != NULL; it = it->next) {
    if (it->subscribers.count == 0 || !is_of(it, namespace)) continue;
    add_publication(it, arguments);
    if (p->writes_each) write_round(it);
  }
}

void channel_end_round(probe *p) {
  for (channel *it = p->channels; it != NULL; it = it->next) {
    if (it->round.used > 0) write_round(it);
  }
}
