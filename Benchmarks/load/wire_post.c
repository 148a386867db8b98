// HTTP POST on a kept-alive connection, for publishers of servers that take publications so.
#include "answer.h"
#include "client.h"

static void open_socket(client *c) {
  c->phase = PHASE_LIVE;
  c->role->ready(c);
}

// The size of a chunked body that is wholly there, or 0. Answers come one at a time, so that the
// last chunk is the end of what was read.
static size_t chunked_size(const uint8_t *body, size_t count) {
  static const char last[] = "0\r\n\r\n";
  size_t size = sizeof last - 1;
  bool is_whole = count >= size && memcmp(body + count - size, last, size) == 0;
  return is_whole ? count : 0;
}

static size_t take(client *c, uint8_t *bytes, size_t count) {
  answer a;
  answer_state state = answer_read(bytes, count, &a);
  if (state == ANSWER_PARTIAL) return 0;
  if (state == ANSWER_BAD || a.status < 200 || a.status > 299) {
    client_lost(c, "a publication was answered with %s", state == ANSWER_BAD ? "no HTTP" : a.line);
    return 0;
  }
  if (a.is_chunked) a.body = chunked_size(bytes + a.head, count - a.head);
  if ((a.is_chunked && a.body == 0) || count - a.head < a.body) return 0;
  c->role->text(c, bytes + a.head, a.body);
  return a.head + a.body;
}

static void send_message(client *c, const message *m, token t) {
  buffer body = {0};
  message_add(&body, m, t);
  buffer_print(&c->out,
               "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
               "Content-Length: %zu\r\n\r\n",
               c->path, c->target->host, body.used);
  buffer_add(&c->out, body.bytes, body.used);
  buffer_free(&body);
  client_sends(c);
}

const wire wire_post = {.open = open_socket, .take = take, .send = send_message};
