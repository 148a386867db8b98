// Socket.IO v5 over Engine.IO v4 over WebSocket, as a client speaks it.
#include <stdio.h>

#include "client.h"
#include "frame.h"
#include "packet.h"
#include "websocket.h"

static void open_socket(client *c) {
  const char *base = c->path != NULL ? c->path : c->stage->options->path;
  char path[512];
  snprintf(path, sizeof path, "%s?EIO=4&transport=websocket", base);
  websocket_open(c, path);
}

// What stands between a packet's type and the rest: nothing for `/`.
static const char *comma(const char *namespace) { return namespace[1] == 0 ? "" : ","; }
static const char *name(const char *namespace) { return namespace[1] == 0 ? "" : namespace; }

static void join(client *c) {
  const char *namespace = c->stage->options->namespace;
  char text[256];
  snprintf(text, sizeof text, "40%s%s", name(namespace), comma(namespace));
  websocket_add(c, text, strlen(text));
}

message socketio_event(const options *o, const char *event, bool asks_for_ack) {
  char text[512];
  snprintf(text, sizeof text, "42%s%s%s[\"%s\",\"{message}\"]", name(o->namespace),
           comma(o->namespace), asks_for_ack ? "{number}" : "", event);
  return message_make(text, (size_t)o->payload);
}

void socketio_emit(client *c, const char *event, const char *arguments, bool asks_for_ack) {
  const char *namespace = c->stage->options->namespace;
  size_t mark = frame_begin(&c->out);
  buffer_print(&c->out, "42%s%s%s[\"%s\",", name(namespace), comma(namespace),
               asks_for_ack ? "0" : "", event);
  buffer_text(&c->out, arguments);
  buffer_put(&c->out, ']');
  frame_end(&c->out, mark, FRAME_TEXT, c->stage->mask);
  client_sends(c);
}

void socketio_subscribe(client *c) {
  const options *o = c->stage->options;
  char channel[256];
  snprintf(channel, sizeof channel, "\"%s\"", o->channel);
  socketio_emit(c, o->subscribe_event, channel, true);
}

void socketio_leave(client *c) {
  const char *namespace = c->stage->options->namespace;
  char text[256];
  snprintf(text, sizeof text, "41%s%s", name(namespace), comma(namespace));
  websocket_add(c, text, strlen(text));
  frame_add_close(&c->out, 1000, c->stage->mask);
}

static void take_other(client *c, const uint8_t *text, size_t length) {
  if (text[0] == '0') return join(c);
  if (text[0] == '2') return websocket_add(c, "3", 1);
  if (text[0] == '1') return client_lost(c, "the server closed the session");
  if (text[0] != '4' || length < 2) return client_lost(c, "the server sent no Engine.IO packet");
  if (text[1] == PACKET_CONNECT) {
    c->phase = PHASE_LIVE;
    c->role->ready(c);
  } else {
    int shown = length > 80 ? 80 : (int)length;
    client_lost(c, "the namespace answered %.*s", shown, (const char *)text);
  }
}

static void take_text(client *c, const uint8_t *text, size_t length) {
  if (length > 2 && text[0] == '4' && (text[1] == PACKET_EVENT || text[1] == PACKET_ACK)) {
    c->role->text(c, text, length);
  } else if (length > 0) {
    take_other(c, text, length);
  }
}

static size_t take(client *c, uint8_t *bytes, size_t count) {
  if (c->is_answered) return websocket_take(c, bytes, count, take_text);
  size_t taken = websocket_take_answer(c, bytes, count);
  if (!c->is_answered) return 0;
  return taken + websocket_take(c, bytes + taken, count - taken, take_text);
}

static void send_message(client *c, const message *m, token t) {
  size_t mark = frame_begin(&c->out);
  message_add(&c->out, m, t);
  frame_end(&c->out, mark, FRAME_TEXT, c->stage->mask);
  client_sends(c);
}

const wire wire_socketio = {.open = open_socket, .take = take, .send = send_message};
