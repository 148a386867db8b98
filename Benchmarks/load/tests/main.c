#include <stdio.h>

#include "tests/check.h"

static int checked, failed;

bool check(bool holds, const char *text, const char *file, int line) {
  checked++;
  if (!holds) {
    failed++;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
  }
  return holds;
}

int main(void) {
  test_answers();
  test_chunks();
  test_event_streams();
  test_frames();
  test_histogram();
  test_memo();
  test_messages();
  test_order();
  test_packets();
  printf("%d of %d expectations hold\n", checked - failed, checked);
  return failed > 0;
}
