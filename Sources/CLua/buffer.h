// Growable bytes in plain C memory. They are owned by the host, so an error that jumps out of a
// writer leaks nothing: the next writer starts again from the last committed length.
#ifndef PG_BUFFER_H
#define PG_BUFFER_H

#include <string.h>

#include "perigee_lua.h"

struct pg_buffer {
  uint8_t *bytes;
  size_t used;
  size_t capacity;
};

/// Room for `extra` more bytes; false when there is no memory, the buffer is unchanged then.
bool pg_buffer_grow(pg_buffer *buffer, size_t extra);
/// Gives memory back when a burst left more than `keep` bytes of capacity behind.
void pg_buffer_reset(pg_buffer *buffer, size_t keep);
void pg_buffer_free(pg_buffer *buffer);

static inline bool pg_buffer_room(pg_buffer *buffer, size_t extra) {
  return buffer->capacity - buffer->used >= extra || pg_buffer_grow(buffer, extra);
}

static inline void pg_buffer_put(pg_buffer *buffer, uint8_t byte) {
  buffer->bytes[buffer->used++] = byte;
}

static inline void pg_buffer_copy(pg_buffer *buffer, const void *bytes, size_t length) {
  if (length > 0) memcpy(buffer->bytes + buffer->used, bytes, length);
  buffer->used += length;
}

#endif
