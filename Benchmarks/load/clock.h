// Time as these programs count it: nanoseconds of the monotonic clock.
#ifndef LOAD_CLOCK_H
#define LOAD_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND 1000000000ULL
#define CLOCK_MILLISECOND 1000000ULL

uint64_t clock_now(void);
/// Seconds of an option as nanoseconds.
uint64_t clock_seconds(double seconds);

#endif
