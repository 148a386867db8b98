// WebSocket frames (RFC 6455), both ways. Pure: bytes in, bytes out; whole frames only, no
// extensions. Fragmented messages are refused, for no peer measured here sends them.
#ifndef LOAD_FRAME_H
#define LOAD_FRAME_H

#include "buffer.h"

enum { FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };
enum { FRAME_LONGEST = 16 << 20, FRAME_HEAD = 14 };

typedef enum frame_status { FRAME_WHOLE, FRAME_PARTIAL, FRAME_BAD } frame_status;

typedef struct frame {
  uint8_t opcode;
  uint8_t *payload;  // unmasked, inside the bytes that were read
  size_t length;     // of the payload
  size_t size;       // of the frame
} frame;

/// Any frame at the front of `bytes`; masked payload is unmasked where it lies.
frame_status frame_read_any(uint8_t *bytes, size_t count, frame *f);
/// Appends a frame. A `mask` other than 0 is how clients must send.
void frame_add(buffer *b, uint8_t opcode, const void *payload, size_t length, uint32_t mask);
/// Masks or unmasks `length` bytes.
void frame_mask(uint8_t *bytes, size_t length, uint32_t mask);
/// Appends a close frame with a code.
void frame_add_close(buffer *b, uint16_t code, uint32_t mask);

/// Begins a frame whose payload is then appended to `b`; returns its mark.
size_t frame_begin(buffer *b);
/// Ends the frame begun at `mark`: writes its head, and masks when `mask` is not 0.
void frame_end(buffer *b, size_t mark, uint8_t opcode, uint32_t mask);

/// The frame at the front of `bytes`; short unmasked text, what servers mostly send, is fastest.
static inline frame_status frame_read(uint8_t *bytes, size_t count, frame *f) {
  if (count >= 2 && bytes[0] == (0x80 | FRAME_TEXT) && bytes[1] < 126) {
    f->opcode = FRAME_TEXT;
    f->payload = bytes + 2;
    f->length = bytes[1];
    f->size = 2 + f->length;
    return count >= f->size ? FRAME_WHOLE : FRAME_PARTIAL;
  }
  return frame_read_any(bytes, count, f);
}

#endif
