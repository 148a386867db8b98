// Server-sent events, in chunks or not. Only `data:` lines matter here.
#include "answer.h"
#include "client.h"

static void open_socket(client *c) {
  buffer_print(&c->out, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n",
               c->path, c->target->host);
}

static size_t take_answer(client *c, const uint8_t *bytes, size_t count) {
  answer a;
  answer_state state = answer_read(bytes, count, &a);
  if (state == ANSWER_PARTIAL) return 0;
  if (state == ANSWER_BAD || a.status != 200) {
    client_lost(c, "the stream was answered with %s", state == ANSWER_BAD ? "no HTTP" : a.line);
    return 0;
  }
  c->is_answered = true;
  c->is_chunked = a.is_chunked;
  c->phase = PHASE_LIVE;
  c->role->ready(c);
  return a.head;
}

// Tells the role of every whole `data:` line; returns the bytes used.
static size_t take_lines(client *c, const uint8_t *bytes, size_t count) {
  const uint8_t *at = bytes, *end = bytes + count, *line_end;
  while (at < end && (line_end = memchr(at, '\n', (size_t)(end - at))) != NULL) {
    size_t length = (size_t)(line_end - at);
    if (length > 0 && at[length - 1] == '\r') length--;
    if (length > 5 && memcmp(at, "data:", 5) == 0) {
      c->role->text(c, at + 5, length - 5);
      if (c->phase == PHASE_OVER) return count;
    }
    at = line_end + 1;
  }
  return (size_t)(at - bytes);
}

static size_t take(client *c, uint8_t *bytes, size_t count) {
  size_t taken = 0;
  if (!c->is_answered) {
    taken = take_answer(c, bytes, count);
    if (!c->is_answered) return 0;
  }
  if (!c->is_chunked) return taken + take_lines(c, bytes + taken, count - taken);
  size_t text = chunks_decode(&c->chunks, bytes + taken, c->decoded, count - taken);
  if (text == CHUNKS_BAD) {
    client_lost(c, "the stream's chunks are malformed");
    return 0;
  }
  size_t read = take_lines(c, bytes + taken, text);
  if (c->phase == PHASE_OVER) return count;
  // What is left has come out of its chunks; it goes where the unread rest is looked for.
  c->decoded = text - read;
  memmove(bytes + count - c->decoded, bytes + taken + read, c->decoded);
  return count - c->decoded;
}

const wire wire_events = {.open = open_socket, .take = take};
