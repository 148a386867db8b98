// The long way through JSON strings: to the next byte that is not plain, and UTF-8 validation.
#include "json.h"

const uint8_t *pg_json_plain(const uint8_t *start, const uint8_t *at, const uint8_t *end,
                             bool *ascii) {
  uint64_t seen = 0;
#ifdef __SSE2__
  for (;;) {
    size_t left = (size_t)(end - at), skipped = left < 16 ? 16 - left : 0;
    if (left == 0 || (size_t)(at - start) < skipped) break;
    __m128i block = pg_load_block(at - skipped);
    unsigned special = pg_special_block(block) >> skipped;
    unsigned high = (unsigned)_mm_movemask_epi8(block) >> skipped;
    if (special != 0) {
      unsigned plain = (unsigned)__builtin_ctz(special);
      *ascii = seen == 0 && (high & ((1u << plain) - 1)) == 0;
      return at + plain;
    }
    seen |= high;
    at += 16 - skipped;
  }
#else
  (void)start;
  while (end - at >= 8 && pg_special_bytes(pg_load8(at)) == 0) {
    seen |= pg_load8(at) & PG_HIGHS;
    at += 8;
  }
#endif
  uint8_t last = 0;
  while (at < end && !pg_is_special(*at)) last |= *at++;
  *ascii = seen == 0 && (last & 0x80) == 0;
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
    if (length - i >= 8 && (memcpy(&word, bytes + i, 8), (word & PG_HIGHS) == 0)) {
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
