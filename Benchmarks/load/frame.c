#include "frame.h"

// The payload's length in the head, whose size goes to `*head`; SIZE_MAX when more bytes are
// needed.
static size_t payload_length(const uint8_t *bytes, size_t count, size_t *head) {
  size_t length = bytes[1] & 0x7F;
  size_t wide = length == 127 ? 8 : length == 126 ? 2 : 0;
  *head = 2 + wide;
  if (count < *head) return SIZE_MAX;
  if (wide > 0) length = 0;
  for (size_t i = 0; i < wide; i++) length = length << 8 | bytes[2 + i];
  return length > FRAME_LONGEST ? FRAME_LONGEST + 1 : length;
}

frame_status frame_read_any(uint8_t *bytes, size_t count, frame *f) {
  if (count < 2) return FRAME_PARTIAL;
  f->opcode = bytes[0] & 0x0F;
  if ((bytes[0] & 0xF0) != 0x80 || f->opcode == 0) return FRAME_BAD;
  size_t head;
  f->length = payload_length(bytes, count, &head);
  if (f->length == SIZE_MAX) return FRAME_PARTIAL;
  if (f->length > FRAME_LONGEST) return FRAME_BAD;
  size_t mask_size = bytes[1] & 0x80 ? 4 : 0;
  f->size = head + mask_size + f->length;
  if (count < f->size) return FRAME_PARTIAL;
  f->payload = bytes + head + mask_size;
  if (mask_size > 0) {
    uint32_t mask;
    memcpy(&mask, bytes + head, 4);
    frame_mask(f->payload, f->length, mask);
  }
  return FRAME_WHOLE;
}

void frame_mask(uint8_t *bytes, size_t length, uint32_t mask) {
  uint64_t wide = (uint64_t)mask << 32 | mask;
  size_t at = 0;
  for (; at + 8 <= length; at += 8) {
    uint64_t word;
    memcpy(&word, bytes + at, 8);
    word ^= wide;
    memcpy(bytes + at, &word, 8);
  }
  uint8_t key[4];
  memcpy(key, &mask, 4);
  for (; at < length; at++) bytes[at] ^= key[at & 3];
}

// Writes a head before a payload of `length` bytes and returns its size.
static size_t write_head(uint8_t *head, uint8_t opcode, size_t length, uint32_t mask) {
  size_t wide = length > UINT16_MAX ? 8 : length > 125 ? 2 : 0;
  uint8_t mask_bit = mask != 0 ? 0x80 : 0;
  head[0] = 0x80 | opcode;
  head[1] = mask_bit | (wide == 8 ? 127 : wide == 2 ? 126 : (uint8_t)length);
  for (size_t i = 0; i < wide; i++) head[2 + i] = (uint8_t)(length >> 8 * (wide - 1 - i));
  if (mask != 0) memcpy(head + 2 + wide, &mask, 4);
  return 2 + wide + (mask != 0 ? 4 : 0);
}

void frame_add(buffer *b, uint8_t opcode, const void *payload, size_t length, uint32_t mask) {
  uint8_t *at = buffer_room(b, FRAME_HEAD + length);
  size_t head = write_head(at, opcode, length, mask);
  if (length > 0) memcpy(at + head, payload, length);
  if (mask != 0) frame_mask(at + head, length, mask);
  b->used += head + length;
}

void frame_add_close(buffer *b, uint16_t code, uint32_t mask) {
  uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};
  frame_add(b, FRAME_CLOSE, payload, 2, mask);
}

size_t frame_begin(buffer *b) {
  size_t mark = b->used;
  buffer_room(b, FRAME_HEAD);
  b->used += FRAME_HEAD;
  return mark;
}

void frame_end(buffer *b, size_t mark, uint8_t opcode, uint32_t mask) {
  size_t length = b->used - mark - FRAME_HEAD;
  uint8_t *payload = b->bytes + mark + FRAME_HEAD;
  if (mask != 0) frame_mask(payload, length, mask);
  size_t head = write_head(b->bytes + mark, opcode, length, mask);
  memmove(b->bytes + mark + head, payload, length);
  b->used = mark + head + length;
}
