#include "buffer.h"

#include <stdlib.h>

bool pg_buffer_grow(pg_buffer *buffer, size_t extra) {
  if (extra > SIZE_MAX / 2 - buffer->used) return false;
  size_t needed = buffer->used + extra;
  size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
  while (capacity < needed) capacity *= 2;
  uint8_t *bytes = realloc(buffer->bytes, capacity);
  if (bytes == NULL) return false;
  buffer->bytes = bytes;
  buffer->capacity = capacity;
  return true;
}

void pg_buffer_reset(pg_buffer *buffer, size_t keep) {
  buffer->used = 0;
  if (buffer->capacity > keep) pg_buffer_free(buffer);
}

void pg_buffer_free(pg_buffer *buffer) {
  free(buffer->bytes);
  *buffer = (pg_buffer){0};
}

void pg_buffer_write(pg_buffer *buffer, const void *bytes, size_t length) {
  if (length > 0 && pg_buffer_room(buffer, length)) pg_buffer_copy(buffer, bytes, length);
}
