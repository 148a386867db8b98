#include "token.h"

// Digits at `at` as a number of 32 bits; NULL when there are none, or too many.
static const uint8_t *read_number(const uint8_t *at, const uint8_t *end, uint32_t *value) {
  const uint8_t *start = at;
  uint64_t sum = 0;
  while (at < end && *at >= '0' && *at <= '9' && sum <= UINT32_MAX) {
    sum = sum * 10 + (uint64_t)(*at++ - '0');
  }
  *value = (uint32_t)sum;
  return at == start || sum > UINT32_MAX ? NULL : at;
}

bool token_find(const uint8_t *text, size_t length, token *t) {
  const uint8_t *end = text + length, *at = text;
  while ((at = memchr(at, '#', (size_t)(end - at))) != NULL) {
    at++;
    const uint8_t *dot = read_number(at, end, &t->sender);
    if (dot == NULL || dot == end || *dot != '.') continue;
    const uint8_t *last = read_number(dot + 1, end, &t->number);
    if (last != NULL && last < end && *last == '#') return true;
  }
  return false;
}

void token_add(buffer *b, token t) {
  buffer_put(b, '#');
  buffer_decimal(b, t.sender);
  buffer_put(b, '.');
  buffer_decimal(b, t.number);
  buffer_put(b, '#');
}
