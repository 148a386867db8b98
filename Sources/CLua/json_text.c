// Scanning of JSON strings: eight bytes at a time while they are plain, and UTF-8 validation.
#include "json.h"

#define ONES 0x0101010101010101u
#define HIGHS 0x8080808080808080u

// The highest bit of the first byte that is zero, and perhaps of later ones.
static inline uint64_t zero_bytes(uint64_t word) { return (word - ONES) & ~word & HIGHS; }

// The highest bit of the first quote, backslash or control character, and perhaps of later bytes.
static inline uint64_t special_bytes(uint64_t word) {
  uint64_t control = (word - ONES * 0x20) & ~word & HIGHS;
  return control | zero_bytes(word ^ (ONES * '"')) | zero_bytes(word ^ (ONES * '\\'));
}

static inline bool is_special(uint8_t byte) {
  return byte < 0x20 || byte == '"' || byte == '\\';
}

const uint8_t *pg_json_plain(const uint8_t *at, const uint8_t *end, bool *ascii) {
  uint64_t seen = 0;
  while (end - at >= 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    uint64_t special = special_bytes(word);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (special != 0) {
      unsigned bits = (unsigned)__builtin_ctzll(special) & ~7u;
      seen |= word & (((uint64_t)1 << bits) - 1);
      *ascii = (seen & HIGHS) == 0;
      return at + bits / 8;
    }
#else
    if (special != 0) break;
#endif
    seen |= word;
    at += 8;
  }
  uint8_t last = 0;
  while (at < end && !is_special(*at)) last |= *at++;
  *ascii = ((seen & HIGHS) | (last & 0x80)) == 0;
  return at;
}

// Length of the valid sequence that begins with a byte above 127, 0 when it is not valid
// (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
static size_t sequence(const uint8_t *at, size_t left) {
  uint8_t lead = at[0];
  if (lead < 0xC2 || lead > 0xF4) return 0;
  size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (left < length) return 0;
  uint8_t low = 0x80, high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (at[1] < low || at[1] > high) return 0;
  for (size_t i = 2; i < length; i++) {
    if ((at[i] & 0xC0) != 0x80) return 0;
  }
  return length;
}

size_t pg_utf8_valid(const uint8_t *bytes, size_t length) {
  size_t i = 0;
  while (i < length) {
    uint64_t word;
    if (length - i >= 8 && (memcpy(&word, bytes + i, 8), (word & HIGHS) == 0)) {
      i += 8;
      continue;
    }
    if (bytes[i] < 0x80) {
      i++;
      continue;
    }
    size_t step = sequence(bytes + i, length - i);
    if (step == 0) return i;
    i += step;
  }
  return length;
}
