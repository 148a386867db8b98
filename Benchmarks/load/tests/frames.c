#include "frame.h"

#include "tests/check.h"

enum { LENGTHS = 7 };
static const size_t lengths[LENGTHS] = {0, 1, 125, 126, 65535, 65536, 100000};

static uint8_t pattern(size_t i) { return (uint8_t)(i * 7 + 3); }

static void fill(buffer *b, size_t length) {
  for (size_t i = 0; i < length; i++) buffer_put(b, pattern(i));
}

static bool is_pattern(const frame *f, size_t length) {
  if (f->length != length) return false;
  for (size_t i = 0; i < length; i++) {
    if (f->payload[i] != pattern(i)) return false;
  }
  return true;
}

static void reads_back_what_it_writes(uint32_t mask) {
  for (size_t i = 0; i < LENGTHS; i++) {
    buffer payload = {0}, b = {0};
    frame f;
    fill(&payload, lengths[i]);
    frame_add(&b, FRAME_TEXT, payload.bytes, payload.used, mask);
    CHECK(frame_read(b.bytes, b.used, &f) == FRAME_WHOLE);
    CHECK(f.opcode == FRAME_TEXT && f.size == b.used && is_pattern(&f, lengths[i]));
    buffer_free(&b);
    size_t mark = frame_begin(&b);
    fill(&b, lengths[i]);
    frame_end(&b, mark, FRAME_TEXT, mask);
    CHECK(frame_read(b.bytes, b.used, &f) == FRAME_WHOLE);
    CHECK(f.size == b.used && is_pattern(&f, lengths[i]));
    buffer_free(&b);
    buffer_free(&payload);
  }
}

// Every beginning of a frame is unfinished, and reading it changes nothing.
static void waits_for_the_rest(uint32_t mask) {
  buffer payload = {0}, b = {0};
  fill(&payload, 300);
  frame_add(&b, FRAME_TEXT, payload.bytes, payload.used, mask);
  frame f;
  for (size_t count = 0; count < b.used; count++) {
    CHECK(frame_read(b.bytes, count, &f) == FRAME_PARTIAL);
  }
  CHECK(frame_read(b.bytes, b.used, &f) == FRAME_WHOLE && is_pattern(&f, 300));
  buffer_free(&b);
  buffer_free(&payload);
}

static void refuses_what_it_cannot_read(void) {
  frame f;
  uint8_t fragment[] = {0x01, 0x01, 'a'}, continuation[] = {0x80, 0x00}, reserved[] = {0xC1, 0x00};
  uint8_t huge[] = {0x82, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  CHECK(frame_read(fragment, sizeof fragment, &f) == FRAME_BAD);
  CHECK(frame_read(continuation, sizeof continuation, &f) == FRAME_BAD);
  CHECK(frame_read(reserved, sizeof reserved, &f) == FRAME_BAD);
  CHECK(frame_read(huge, sizeof huge, &f) == FRAME_BAD);
}

void test_frames(void) {
  reads_back_what_it_writes(0);
  reads_back_what_it_writes(0xA1B2C3D4);
  waits_for_the_rest(0);
  waits_for_the_rest(0xA1B2C3D4);
  refuses_what_it_cannot_read();
}
