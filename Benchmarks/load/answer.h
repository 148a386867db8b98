// The head of an HTTP/1.1 answer. Pure.
#ifndef LOAD_ANSWER_H
#define LOAD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum answer_state { ANSWER_WHOLE, ANSWER_PARTIAL, ANSWER_BAD } answer_state;

typedef struct answer {
  int status;
  char line[64];      // the status line, as much as fits
  size_t head;        // bytes of the head, with the empty line
  size_t body;        // `Content-Length`, or 0
  bool is_chunked;
} answer;

answer_state answer_read(const uint8_t *bytes, size_t count, answer *a);

#endif
