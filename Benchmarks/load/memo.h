// Texts that were read once, with their tokens. Subscribers get the same texts in the same order,
// so that what one was sent is compared with what another was, instead of being read again.
#ifndef LOAD_MEMO_H
#define LOAD_MEMO_H

#include "token.h"

enum { MEMO_ENTRIES = 4096 };

typedef struct memo_entry {
  token token;
  uint32_t length;
  uint8_t text[];
} memo_entry;

typedef struct memo {
  uint8_t *entries;
  size_t stride, longest;
  uint64_t count;  // texts ever kept; the last `MEMO_ENTRIES` of them are there
} memo;

/// For texts of up to `longest` bytes; longer ones are not kept.
void memo_open(memo *m, size_t longest);
/// Keeps a text and returns its place.
uint64_t memo_add(memo *m, token t, const uint8_t *text, size_t length);

static inline memo_entry *memo_entry_at(const memo *m, uint64_t place) {
  return (memo_entry *)(void *)(m->entries + (place & (MEMO_ENTRIES - 1)) * m->stride);
}

/// The token of a text if it is, byte for byte, the one at `place`; NULL if not.
static inline const token *memo_match(const memo *m, uint64_t place, const uint8_t *text,
                                      size_t length) {
  if (place >= m->count || m->count - place > MEMO_ENTRIES) return NULL;
  const memo_entry *entry = memo_entry_at(m, place);
  if (entry->length != length || memcmp(entry->text, text, length) != 0) return NULL;
  return &entry->token;
}

#endif
