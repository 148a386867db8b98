#include "packet.h"

bool packet_read(const uint8_t *text, size_t length, packet *p) {
  if (length == 0 || text[0] < PACKET_CONNECT || text[0] > PACKET_CONNECT_ERROR) return false;
  *p = (packet){.kind = (char)text[0], .namespace = {text, 0}};
  size_t at = 1;
  if (at < length && text[at] == '/') {
    const uint8_t *comma = memchr(text + at, ',', length - at);
    size_t end = comma != NULL ? (size_t)(comma - text) : length;
    p->namespace = (slice){text + at, end - at};
    if (p->namespace.length == 1) p->namespace.length = 0;
    at = comma != NULL ? end + 1 : end;
  }
  for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
    p->has_id = true;
    p->id = p->id * 10 + (uint64_t)(text[at] - '0');
  }
  p->body = (slice){text + at, length - at};
  return true;
}

void packet_add_head(buffer *b, char kind, slice namespace, const uint64_t *id) {
  buffer_put(b, '4');
  buffer_put(b, (uint8_t)kind);
  if (namespace.length > 0) {
    buffer_add(b, namespace.bytes, namespace.length);
    buffer_put(b, ',');
  }
  if (id != NULL) buffer_decimal(b, *id);
}

bool packet_event(slice body, slice *name, slice *arguments) {
  const uint8_t *bytes = body.bytes;
  if (body.length < 4 || bytes[0] != '[' || bytes[1] != '"') return false;
  if (bytes[body.length - 1] != ']') return false;
  size_t at = 2;
  while (at < body.length && bytes[at] != '"') at += bytes[at] == '\\' ? 2 : 1;
  if (at + 1 >= body.length) return false;
  *name = (slice){bytes + 2, at - 2};
  at++;
  if (bytes[at] == ',') at++;
  *arguments = (slice){bytes + at, body.length - 1 - at};
  return true;
}

slice slice_of(const char *text) { return (slice){(const uint8_t *)text, strlen(text)}; }

bool slice_is(slice s, const char *text) {
  return s.length == strlen(text) && memcmp(s.bytes, text, s.length) == 0;
}
