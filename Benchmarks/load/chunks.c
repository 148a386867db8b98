#include "chunks.h"

#include <stdbool.h>
#include <string.h>

enum { LARGEST = 1 << 30 };

static int hex_digit(uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

// Takes one byte of a chunk's head or of the line break after its data.
static bool take_byte(chunks *c, uint8_t byte) {
  if (c->state == CHUNKS_DATA_END) {
    if (byte == '\n') *c = (chunks){CHUNKS_SIZE, 0};
    return byte == '\n' || byte == '\r';
  }
  if (byte == '\n') {
    c->state = c->left > 0 ? CHUNKS_DATA : CHUNKS_DATA_END;
    return true;
  }
  int digit = hex_digit(byte);
  if (c->state == CHUNKS_SIZE && digit >= 0) {
    c->left = c->left * 16 + (size_t)digit;
    return c->left < LARGEST;
  }
  c->state = CHUNKS_EXTENSION;
  return byte == '\r' || byte == ';' || byte >= ' ';
}

size_t chunks_decode(chunks *c, uint8_t *bytes, size_t decoded, size_t count) {
  size_t at = decoded;
  while (at < count) {
    if (c->state != CHUNKS_DATA) {
      if (!take_byte(c, bytes[at++])) return CHUNKS_BAD;
      continue;
    }
    size_t length = count - at < c->left ? count - at : c->left;
    memmove(bytes + decoded, bytes + at, length);
    decoded += length;
    at += length;
    c->left -= length;
    if (c->left == 0) c->state = CHUNKS_DATA_END;
  }
  return decoded;
}
