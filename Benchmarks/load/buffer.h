// Growable bytes. Running out of memory ends the program, so nothing here can fail.
#ifndef LOAD_BUFFER_H
#define LOAD_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct buffer {
  uint8_t *bytes;
  size_t used, capacity;
} buffer;

void buffer_grow(buffer *b, size_t extra);
/// Takes `count` bytes off the front.
void buffer_drop(buffer *b, size_t count);
/// Gives the memory back.
void buffer_free(buffer *b);
/// Appends what printf would write.
void buffer_print(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Appends a number in decimal digits.
void buffer_decimal(buffer *b, uint64_t value);

/// Makes room for `extra` more bytes and returns where they go; `used` is not moved.
static inline uint8_t *buffer_room(buffer *b, size_t extra) {
  if (b->capacity - b->used < extra) buffer_grow(b, extra);
  return b->bytes + b->used;
}

static inline void buffer_add(buffer *b, const void *bytes, size_t count) {
  if (count == 0) return;
  memcpy(buffer_room(b, count), bytes, count);
  b->used += count;
}

static inline void buffer_text(buffer *b, const char *text) {
  buffer_add(b, text, strlen(text));
}

static inline void buffer_put(buffer *b, uint8_t byte) {
  *buffer_room(b, 1) = byte;
  b->used++;
}

#endif
