#include "chunks.h"

#include <string.h>

#include "tests/check.h"

// Feeds `text` in pieces of a size and compares what comes out.
static bool decodes(const char *text, size_t piece, const char *expected) {
  chunks c = {0};
  uint8_t bytes[256];
  size_t length = strlen(text), decoded = 0;
  for (size_t at = 0; at < length; at += piece) {
    size_t count = length - at < piece ? length - at : piece;
    memcpy(bytes + decoded, text + at, count);
    decoded = chunks_decode(&c, bytes, decoded, decoded + count);
    if (decoded == CHUNKS_BAD) return expected == NULL;
  }
  return expected != NULL && decoded == strlen(expected) && memcmp(bytes, expected, decoded) == 0;
}

void test_chunks(void) {
  const char *text = "5\r\nhello\r\nB;name=value\r\n, beautiful\r\n7\r\n world!\r\n0\r\n\r\n";
  for (size_t piece = 1; piece <= strlen(text); piece++) {
    CHECK(decodes(text, piece, "hello, beautiful world!"));
  }
  CHECK(decodes("5\r\nhelloX\r\n", 3, NULL));
  CHECK(decodes("ffffffffffff\r\nhello", 1, NULL));
}
