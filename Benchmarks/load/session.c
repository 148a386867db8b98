#include "session.h"

#include "channel.h"
#include "frame.h"

void session_open(connection *c) {
  size_t mark = frame_begin(&c->out);
  buffer_print(&c->out,
               "0{\"sid\":\"probe%d\",\"upgrades\":[],\"pingInterval\":%d,\"pingTimeout\":20000,"
               "\"maxPayload\":1000000}",
               c->watch.fd, PROBE_PING_SECONDS * 1000);
  frame_end(&c->out, mark, FRAME_TEXT, 0);
}

void session_emit(connection *c, slice namespace, slice json) {
  static const char key[] = "\"args\":[";
  const uint8_t *at = memmem(json.bytes, json.length, key, sizeof key - 1);
  const uint8_t *end = memrchr(json.bytes, ']', json.length);
  if (memmem(json.bytes, json.length, "\"publish\"", 9) == NULL || at == NULL) return;
  at += sizeof key - 1;
  if (end < at) return;
  channel_publish(c->probe, namespace, (slice){at, (size_t)(end - at)});
}

static void acknowledge(connection *c, const packet *p, slice arguments) {
  size_t mark = frame_begin(&c->out);
  packet_add_head(&c->out, PACKET_ACK, p->namespace, &p->id);
  buffer_put(&c->out, '[');
  buffer_add(&c->out, arguments.bytes, arguments.length);
  buffer_put(&c->out, ']');
  frame_end(&c->out, mark, FRAME_TEXT, 0);
  connection_sends(c);
}

static void handle_event(connection *c, const packet *p) {
  slice name, arguments;
  if (!packet_event(p->body, &name, &arguments)) return connection_end(c);
  slice answer = {0};
  if (slice_is(name, "echo")) answer = arguments;
  else if (slice_is(name, "publish")) channel_publish(c->probe, p->namespace, arguments);
  else if (slice_is(name, "subscribe")) channel_subscribe(c);
  if (p->has_id) acknowledge(c, p, answer);
}

static void welcome(connection *c, const packet *p) {
  channel_enter(c, p->namespace);
  size_t mark = frame_begin(&c->out);
  packet_add_head(&c->out, PACKET_CONNECT, p->namespace, NULL);
  buffer_print(&c->out, "{\"sid\":\"seat%d\"}", c->watch.fd);
  frame_end(&c->out, mark, FRAME_TEXT, 0);
  connection_sends(c);
}

static void handle_text(connection *c, const frame *f) {
  packet p;
  if (c->wire == WIRE_WEBSOCKET && c->channel != NULL) {
    return session_emit(c, channel_namespace(c->channel), (slice){f->payload, f->length});
  }
  if (f->length == 0) return connection_end(c);
  switch (f->payload[0]) {
    case '2':
      frame_add(&c->out, FRAME_TEXT, "3", 1, 0);
      return connection_sends(c);
    case '3':
      return;
    case '4':
      if (!packet_read(f->payload + 1, f->length - 1, &p)) return connection_end(c);
      if (p.kind == PACKET_EVENT) handle_event(c, &p);
      else if (p.kind == PACKET_CONNECT) welcome(c, &p);
      else if (p.kind == PACKET_DISCONNECT) channel_leave(c);
      return;
    default:
      return connection_end(c);
  }
}

static void handle_frame(connection *c, const frame *f) {
  switch (f->opcode) {
    case FRAME_TEXT:
      return handle_text(c, f);
    case FRAME_PING:
      frame_add(&c->out, FRAME_PONG, f->payload, f->length, 0);
      return connection_sends(c);
    case FRAME_CLOSE:
      frame_add(&c->out, FRAME_CLOSE, f->payload, f->length, 0);
      connection_write(c, (slice){0});
      return connection_end(c);
    default:
      return;
  }
}

size_t session_take(connection *c, uint8_t *bytes, size_t count) {
  size_t taken = 0;
  while (taken < count && !c->is_over) {
    frame f;
    frame_status status = frame_read(bytes + taken, count - taken, &f);
    if (status == FRAME_PARTIAL) break;
    if (status == FRAME_BAD) {
      connection_end(c);
      break;
    }
    handle_frame(c, &f);
    taken += f.size;
  }
  return taken;
}

void session_ping(connection *c) {
  frame_add(&c->out, FRAME_TEXT, "2", 1, 0);
  connection_sends(c);
}
