#include "memo.h"

#include <stdio.h>

#include "tests/check.h"

static uint64_t add(memo *m, uint32_t number, const char *text) {
  return memo_add(m, (token){1, number}, (const uint8_t *)text, strlen(text));
}

static const token *match(const memo *m, uint64_t place, const char *text) {
  return memo_match(m, place, (const uint8_t *)text, strlen(text));
}

void test_memo(void) {
  memo m;
  memo_open(&m, 8);
  CHECK(match(&m, 0, "first") == NULL);
  uint64_t first = add(&m, 5, "first"), second = add(&m, 6, "second");
  CHECK(match(&m, first, "first") != NULL && match(&m, first, "first")->number == 5);
  CHECK(match(&m, first, "fourth") == NULL && match(&m, first, "firs") == NULL);
  CHECK(match(&m, first, "firsT") == NULL && match(&m, second, "second")->number == 6);
  uint64_t longer = add(&m, 7, "much too long");
  CHECK(match(&m, longer, "much too long") == NULL);
  for (uint32_t i = 0; i < MEMO_ENTRIES; i++) add(&m, i, "later");
  CHECK(match(&m, first, "first") == NULL && match(&m, first, "later") == NULL);
}
