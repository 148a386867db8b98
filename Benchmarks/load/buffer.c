#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "failure.h"

void buffer_grow(buffer *b, size_t extra) {
  size_t capacity = b->capacity < 256 ? 256 : b->capacity;
  while (capacity - b->used < extra) capacity *= 2;
  uint8_t *bytes = realloc(b->bytes, capacity);
  if (bytes == NULL) fail("no memory for a buffer of %zu bytes", capacity);
  b->bytes = bytes;
  b->capacity = capacity;
}

void buffer_drop(buffer *b, size_t count) {
  b->used -= count;
  if (b->used > 0) memmove(b->bytes, b->bytes + count, b->used);
}

void buffer_free(buffer *b) {
  free(b->bytes);
  *b = (buffer){0};
}

void buffer_print(buffer *b, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int length = vsnprintf(NULL, 0, format, values);
  va_end(values);
  if (length < 0) fail("cannot format \"%s\"", format);
  char *at = (char *)buffer_room(b, (size_t)length + 1);
  va_start(values, format);
  vsnprintf(at, (size_t)length + 1, format, values);
  va_end(values);
  b->used += (size_t)length;
}

void buffer_decimal(buffer *b, uint64_t value) {
  uint8_t digits[20];
  size_t count = 0;
  do {
    digits[count++] = (uint8_t)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  uint8_t *at = buffer_room(b, count);
  for (size_t i = 0; i < count; i++) at[i] = digits[count - 1 - i];
  b->used += count;
}
