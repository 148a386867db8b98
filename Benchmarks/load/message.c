#include "message.h"

#include "failure.h"

static const char place[] = "{message}", number[] = "{number}";

message message_make(const char *text, size_t payload) {
  const char *at = strstr(text, place);
  if (at == NULL) fail("\"%s\" has no place for the message; write %s", text, place);
  message m = {.payload = payload};
  const char *told = strstr(text, number);
  if (told != NULL && told < at) {
    m.has_number = true;
    buffer_add(&m.head, text, (size_t)(told - text));
    text = told + sizeof number - 1;
  }
  buffer_add(&m.before, text, (size_t)(at - text));
  buffer_text(&m.after, at + sizeof place - 1);
  return m;
}

void message_add(buffer *b, const message *m, token t) {
  buffer_room(b, message_length(m) + TOKEN_LONGEST);
  buffer_add(b, m->head.bytes, m->head.used);
  if (m->has_number) buffer_decimal(b, t.number);
  buffer_add(b, m->before.bytes, m->before.used);
  size_t start = b->used;
  token_add(b, t);
  size_t written = b->used - start;
  if (written < m->payload) {
    memset(b->bytes + b->used, 'x', m->payload - written);
    b->used += m->payload - written;
  }
  buffer_add(b, m->after.bytes, m->after.used);
}

size_t message_length(const message *m) {
  return m->head.used + 10 + m->before.used + m->payload + m->after.used;
}
