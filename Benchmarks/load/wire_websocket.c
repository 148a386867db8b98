// Plain WebSocket, for servers that speak nothing above it.
#include "frame.h"
#include "websocket.h"

static void open_socket(client *c) { websocket_open(c, c->path); }

static size_t take(client *c, uint8_t *bytes, size_t count) {
  if (c->phase == PHASE_LIVE) return websocket_take(c, bytes, count, c->role->text);
  size_t taken = websocket_take_answer(c, bytes, count);
  if (!c->is_answered) return 0;
  c->phase = PHASE_LIVE;
  c->role->ready(c);
  return taken + websocket_take(c, bytes + taken, count - taken, c->role->text);
}

static void send_message(client *c, const message *m, token t) {
  size_t mark = frame_begin(&c->out);
  message_add(&c->out, m, t);
  frame_end(&c->out, mark, FRAME_TEXT, c->stage->mask);
  client_sends(c);
}

const wire wire_websocket = {.open = open_socket, .take = take, .send = send_message};
