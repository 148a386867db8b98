#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_HEAD = 16 << 10 };

// Reads one header line, which ends where the head does at the latest.
static void read_header(const char *line, answer *a) {
  static const char length[] = "content-length:", coding[] = "transfer-encoding: chunked";
  if (strncasecmp(line, length, sizeof length - 1) == 0) {
    a->body = strtoul(line + sizeof length - 1, NULL, 10);
  }
  if (strncasecmp(line, coding, sizeof coding - 1) == 0) a->is_chunked = true;
}

answer_state answer_read(const uint8_t *bytes, size_t count, answer *a) {
  *a = (answer){0};
  size_t known = count < 5 ? count : 5;
  if (memcmp(bytes, "HTTP/", known) != 0) return ANSWER_BAD;
  const uint8_t *end = memmem(bytes, count, "\r\n\r\n", 4);
  if (end == NULL) return count > LONGEST_HEAD ? ANSWER_BAD : ANSWER_PARTIAL;
  a->head = (size_t)(end - bytes) + 4;
  char head[LONGEST_HEAD + 1];
  if (a->head > LONGEST_HEAD) return ANSWER_BAD;
  memcpy(head, bytes, a->head);
  head[a->head] = 0;
  snprintf(a->line, sizeof a->line, "%.*s", (int)strcspn(head, "\r\n"), head);
  if (sscanf(head, "HTTP/1.%*d %d", &a->status) != 1) return ANSWER_BAD;
  for (char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
    read_header(line + 2, a);
  }
  return ANSWER_WHOLE;
}
