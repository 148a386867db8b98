#include "memo.h"

#include <stdlib.h>

#include "failure.h"

void memo_open(memo *m, size_t longest) {
  size_t stride = (sizeof(memo_entry) + longest + 63) / 64 * 64;
  *m = (memo){.stride = stride, .longest = longest};
  m->entries = calloc(MEMO_ENTRIES, stride);
  if (m->entries == NULL) fail("no memory for texts of %zu bytes", longest);
}

uint64_t memo_add(memo *m, token t, const uint8_t *text, size_t length) {
  uint64_t place = m->count++;
  memo_entry *entry = memo_entry_at(m, place);
  entry->token = t;
  entry->length = length > m->longest ? UINT32_MAX : (uint32_t)length;
  if (length <= m->longest) memcpy(entry->text, text, length);
  return place;
}
