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

/// Up to sixteen bytes as two words, which overlap or repeat each other when there are fewer.
typedef struct pg_words {
  uint64_t head, tail;
} pg_words;

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

/// With the same `length`, at most 16, other bytes give other words. Bytes that are missing are
/// spaces.
static inline pg_words pg_words_of(const uint8_t *bytes, size_t length) {
  uint64_t word = PG_ONES * ' ';
  if (length >= 8) return (pg_words){pg_load8(bytes), pg_load8(bytes + length - 8)};
  if (length >= 4) {
    word = pg_load4(bytes) | pg_load4(bytes + length - 4) << 32;
  } else if (length > 0) {
    word = (word & ~(uint64_t)0xFFFFFF) | bytes[0] | (uint64_t)bytes[length / 2] << 8 |
           (uint64_t)bytes[length - 1] << 16;
  }
  return (pg_words){word, word};
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

/// The length of a string that begins at `at` and that a quote ends within sixteen bytes, all of them
/// plain ASCII; -1 when it may be another one. What is between `start` and `end` may be read.
static inline ptrdiff_t pg_short_string(const uint8_t *start, const uint8_t *at,
                                        const uint8_t *end) {
#ifdef __SSE2__
  ptrdiff_t left = end - at, skipped = left < 16 ? 16 - left : 0;
  if (at - start < skipped) return -1;
  __m128i block = pg_load_block(at - skipped);
  __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
  __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
  // Bytes above 127 have the bit that the mask is made of.
  __m128i other = _mm_or_si128(block, _mm_or_si128(backslash, control));
  unsigned quotes = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')));
  unsigned others = (unsigned)_mm_movemask_epi8(other) >> skipped;
  quotes >>= skipped;
  // Nothing but plain bytes below the lowest quote.
  if (quotes == 0 || (others & (quotes ^ (quotes - 1))) != 0) return -1;
  return __builtin_ctz(quotes);
#else
  (void)start;
  if (end - at < 8) return -1;
  for (ptrdiff_t i = 0; i < 8; i++) {
    if (at[i] == '"') return i;
    if (pg_is_special(at[i]) || at[i] > 127) return -1;
  }
  return -1;
#endif
}

/// Copies `length` bytes; false when they are not all plain ASCII: then what `to` holds is of no use.
static inline bool pg_copy_plain(uint8_t *to, const uint8_t *from, size_t length) {
  if (length < 4) {
    bool plain = true;
    for (size_t i = 0; i < length; i++) {
      to[i] = from[i];
      plain = plain && !pg_is_special(from[i]) && from[i] < 0x80;
    }
    return plain;
  }
  if (length <= 16) {
    pg_words words = pg_words_of(from, length);
    if (length >= 8) {
      memcpy(to, &words.head, 8);
      memcpy(to + length - 8, &words.tail, 8);
    } else {
      memcpy(to, from, 4);
      memcpy(to + length - 4, from + length - 4, 4);
    }
    return (pg_special_bytes(words.head) | pg_special_bytes(words.tail) |
            ((words.head | words.tail) & PG_HIGHS)) == 0;
  }
#ifdef __SSE2__
  unsigned found = 0;
  for (size_t i = 0; i < length && found == 0; i += 16) {
    size_t from_here = i + 16 <= length ? i : length - 16;
    __m128i block = pg_load_block(from + from_here);
    _mm_storeu_si128((__m128i *)(void *)(to + from_here), block);
    found = pg_special_block(block) | (unsigned)_mm_movemask_epi8(block);
  }
  return found == 0;
#else
  uint64_t found = 0;
  for (size_t i = 0; i < length && found == 0; i += 8) {
    size_t from_here = i + 8 <= length ? i : length - 8;
    uint64_t word = pg_load8(from + from_here);
    memcpy(to + from_here, &word, 8);
    found = pg_special_bytes(word) | (word & PG_HIGHS);
  }
  return found == 0;
#endif
}

#endif
