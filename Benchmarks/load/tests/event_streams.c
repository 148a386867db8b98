#include <stdlib.h>

#include "client.h"
#include "tests/check.h"

static char seen[256];

static void ready(client *c) { (void)c; }

static void text(client *c, const uint8_t *bytes, size_t length) {
  (void)c;
  strncat(seen, (const char *)bytes, length);
  strcat(seen, "|");
}

static const role listening = {.ready = ready, .text = text};

// Feeds a stream in pieces as a client's socket would, and keeps what is left over each time.
static bool tells(const char *stream, size_t piece, const char *expected) {
  client c = {.wire = &wire_events, .role = &listening, .phase = PHASE_JOINING};
  uint8_t bytes[1024];
  size_t held = 0, length = strlen(stream);
  seen[0] = 0;
  for (size_t at = 0; at < length; at += piece) {
    size_t count = length - at < piece ? length - at : piece;
    memcpy(bytes + held, stream + at, count);
    size_t taken = wire_events.take(&c, bytes, held + count);
    held = held + count - taken;
    memmove(bytes, bytes + taken, held);
  }
  return strcmp(seen, expected) == 0;
}

void test_event_streams(void) {
  const char *plain =
      "HTTP/1.1 200 OK\r\n\r\nretry: 1\n\ndata: one\n\n: quiet\nid: 2\r\ndata:two\r\n\r\n";
  const char *chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "8\r\ndata: on\r\n4\r\ne\n\nd\r\nb\r\nata: two\n\n:\r\n2\r\n)\n\r\n";
  for (size_t piece = 1; piece <= strlen(chunked); piece++) {
    CHECK(tells(plain, piece, " one|two|"));
    CHECK(tells(chunked, piece, " one| two|"));
  }
}
