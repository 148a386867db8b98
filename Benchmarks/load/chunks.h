// HTTP's chunked coding, taken off in place and in any pieces. Pure.
#ifndef LOAD_CHUNKS_H
#define LOAD_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

#define CHUNKS_BAD SIZE_MAX

typedef struct chunks {
  enum { CHUNKS_SIZE, CHUNKS_EXTENSION, CHUNKS_DATA, CHUNKS_DATA_END } state;
  size_t left;  // the size read so far, or what is to come of the present chunk
} chunks;

/// Decodes `bytes[decoded..<count]` to follow the `decoded` bytes at the front; returns how many
/// decoded bytes there are now, or `CHUNKS_BAD`. All of the coding is used up, whole or not.
size_t chunks_decode(chunks *c, uint8_t *bytes, size_t decoded, size_t count);

#endif
