#include "websocket.h"

#include <stdio.h>

#include "answer.h"
#include "frame.h"

void websocket_open(client *c, const char *path) {
  buffer_print(&c->out,
               "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGVyaWdlZS1sb2FkLWtleQ==\r\n\r\n",
               path, c->target->host);
}

void websocket_add(client *c, const void *text, size_t length) {
  frame_add(&c->out, FRAME_TEXT, text, length, c->stage->mask);
  client_sends(c);
}

void websocket_note_close(client *c, const uint8_t *payload, size_t length) {
  int code = length < 2 ? 1005 : payload[0] << 8 | payload[1];
  int words = length > 2 ? (int)length - 2 : 0;
  snprintf(c->reason, sizeof c->reason, "%d%s%.*s", code, words > 0 ? " " : "", words,
           words > 0 ? (const char *)payload + 2 : "");
}

size_t websocket_take_answer(client *c, const uint8_t *bytes, size_t count) {
  answer a;
  switch (answer_read(bytes, count, &a)) {
    case ANSWER_PARTIAL:
      return 0;
    case ANSWER_BAD:
      client_lost(c, "the upgrade was not answered with HTTP");
      return 0;
    case ANSWER_WHOLE:
      break;
  }
  if (a.status != 101) {
    client_lost(c, "the upgrade was answered with %s", a.line);
    return 0;
  }
  c->is_answered = true;
  return a.head;
}

static void take_control(client *c, const frame *f) {
  if (f->opcode == FRAME_PING) {
    frame_add(&c->out, FRAME_PONG, f->payload, f->length, c->stage->mask);
    client_sends(c);
  } else if (f->opcode == FRAME_CLOSE) {
    websocket_note_close(c, f->payload, f->length);
    client_lost(c, "%s", c->reason);
  }
}

size_t websocket_take(client *c, uint8_t *bytes, size_t count,
                      void (*text)(client *c, const uint8_t *text, size_t length)) {
  size_t taken = 0;
  while (c->phase != PHASE_OVER) {
    frame f;
    frame_status status = frame_read(bytes + taken, count - taken, &f);
    if (status == FRAME_PARTIAL) break;
    if (status == FRAME_BAD) {
      client_lost(c, "the server sent a bad frame");
      break;
    }
    if (f.opcode == FRAME_TEXT) text(c, f.payload, f.length);
    else take_control(c, &f);
    taken += f.size;
  }
  return taken;
}
