// Scanning of JSON strings, in the header because they are short and many: sixteen bytes at a time
// where the processor can, else eight. Nothing here reads or writes outside the bytes it is given.
#ifndef PG_JSON_SCAN_H
#define PG_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define PG_ONES 0x0101010101010101u
#define PG_HIGHS 0x8080808080808080u

static inline uint64_t pg_load8(const uint8_t *at) {
  uint64_t word;
  memcpy(&word, at, 8);
  return word;
}

static inline uint64_t pg_load4(const uint8_t *at) {
  uint32_t word;
  memcpy(&word, at, 4);
  return word;
}

/// Up to sixteen bytes with zeros after them.
typedef struct pg_words {
  uint64_t head, tail;
} pg_words;

static inline pg_words pg_words_of(const uint8_t *bytes, size_t length) {
  pg_words words = {0, 0};
  memcpy(&words, bytes, length);
  return words;
}

/// Not 0 when a byte of the word is a quote, a backslash or a control character.
static inline uint64_t pg_special_bytes(uint64_t word) {
  uint64_t quote = word ^ (PG_ONES * '"'), backslash = word ^ (PG_ONES * '\\');
  uint64_t hits = (word - PG_ONES * 0x20) | (quote - PG_ONES) | (backslash - PG_ONES);
  return hits & ~word & PG_HIGHS;
}

static inline bool pg_is_special(uint8_t byte) {
  return byte < 0x20 || byte == '"' || byte == '\\';
}

#ifdef __SSE2__
/// One bit for each byte of a block that is a quote, a backslash or a control character.
static inline unsigned pg_special_block(__m128i block) {
  __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
  __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
  return (unsigned)_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
}

static inline __m128i pg_load_block(const uint8_t *at) {
  return _mm_loadu_si128((const __m128i *)(const void *)at);
}
#endif

#ifdef __SSE2__
/// How many bytes of a block come before its first quote, when nothing but plain ASCII does; else
/// -1. The first `skipped` bytes do not count.
static inline ptrdiff_t pg_string_in_block(__m128i block, unsigned skipped) {
  __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  // Compared with sign: bytes above 127 are below zero.
  __m128i low = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
  unsigned quotes = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
  unsigned others = (unsigned)_mm_movemask_epi8(_mm_or_si128(backslash, low)) >> skipped;
  quotes >>= skipped;
  if (quotes == 0 || (others & (quotes ^ (quotes - 1))) != 0) return -1;
  return __builtin_ctz(quotes);
}
#endif

/// The length of a string that begins at `at` and that a quote ends within sixteen bytes, all of
/// them plain ASCII; -1 when it may be another one. What is between `start` and `end` may be read.
static inline ptrdiff_t pg_short_string(const uint8_t *start, const uint8_t *at,
                                        const uint8_t *end) {
#ifdef __SSE2__
  if (end - at >= 16) return pg_string_in_block(pg_load_block(at), 0);
  ptrdiff_t skipped = 16 - (end - at);
  if (at - start < skipped) return -1;
  return pg_string_in_block(pg_load_block(at - skipped), (unsigned)skipped);
#else
  (void)start;
  for (ptrdiff_t i = 0; i < 16 && i < end - at; i++) {
    if (at[i] == '"') return i;
    if (pg_is_special(at[i]) || at[i] > 127) return -1;
  }
  return -1;
#endif
}

/// Whether all bytes of two words are plain ASCII.
static inline bool pg_are_plain(uint64_t one, uint64_t other) {
#ifdef __SSE2__
  __m128i block = _mm_set_epi64x((long long)other, (long long)one);
  return (pg_special_block(block) | (unsigned)_mm_movemask_epi8(block)) == 0;
#else
  return (pg_special_bytes(one) | pg_special_bytes(other) | ((one | other) & PG_HIGHS)) == 0;
#endif
}

// Copies at most three bytes.
static inline bool pg_copy_plain_bytes(uint8_t *to, const uint8_t *from, size_t length) {
  uint64_t spaces = PG_ONES * ' ';
  if (length == 0) return true;
  uint8_t first = from[0], middle = from[length / 2], last = from[length - 1];
  to[0] = first;
  to[length / 2] = middle;
  to[length - 1] = last;
  uint64_t word = spaces << 24 | (uint64_t)last << 16 | (uint64_t)middle << 8 | first;
  return (pg_special_bytes(word) | (word & PG_HIGHS)) == 0;
}

/// Copies `length` bytes; false when they are not all plain ASCII: then what `to` holds is of no
/// use.
static inline bool pg_copy_plain(uint8_t *to, const uint8_t *from, size_t length) {
  if (length < 4) return pg_copy_plain_bytes(to, from, length);
  if (length < 8) {
    uint64_t head = pg_load4(from), tail = pg_load4(from + length - 4);
    memcpy(to, &head, 4);
    memcpy(to + length - 4, &tail, 4);
    return pg_are_plain(head | tail << 32, head | tail << 32);
  }
  uint64_t head = 0, tail = pg_load8(from + length - 8);
  bool plain = true;
  size_t i = 0;
  for (; i + 16 < length && plain; i += 16) {
    uint64_t one = pg_load8(from + i), other = pg_load8(from + i + 8);
    memcpy(to + i, &one, 8);
    memcpy(to + i + 8, &other, 8);
    plain = pg_are_plain(one, other);
  }
  // What is left is at most sixteen bytes, which the last eight may overlap.
  head = pg_load8(i + 8 <= length ? from + i : from + length - 8);
  memcpy(i + 8 <= length ? to + i : to + length - 8, &head, 8);
  memcpy(to + length - 8, &tail, 8);
  return plain && pg_are_plain(head, tail);
}

#endif
