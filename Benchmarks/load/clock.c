#include "clock.h"

#include <time.h>

uint64_t clock_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * CLOCK_SECOND + (uint64_t)time.tv_nsec;
}

uint64_t clock_seconds(double seconds) {
  return seconds <= 0 ? 0 : (uint64_t)(seconds * (double)CLOCK_SECOND);
}
