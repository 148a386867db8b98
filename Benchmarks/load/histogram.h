// Times counted in buckets that are at most 1.6 % wide, so that percentiles cost next to nothing.
#ifndef LOAD_HISTOGRAM_H
#define LOAD_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_FINE = 6, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_FINE + 1) << HISTOGRAM_FINE };

typedef struct histogram {
  uint64_t total, largest;
  uint64_t counts[HISTOGRAM_BUCKETS];
} histogram;

/// The value below which `share` (0 to 1) of the values lie; 0 when there are none.
uint64_t histogram_at(const histogram *h, double share);

static inline unsigned histogram_bucket(uint64_t value) {
  if (value < 1U << HISTOGRAM_FINE) return (unsigned)value;
  unsigned shift = 63U - (unsigned)__builtin_clzll(value) - HISTOGRAM_FINE;
  return ((shift + 1) << HISTOGRAM_FINE) + (unsigned)(value >> shift) - (1U << HISTOGRAM_FINE);
}

static inline void histogram_add(histogram *h, uint64_t value) {
  h->total++;
  h->counts[histogram_bucket(value)]++;
  if (value > h->largest) h->largest = value;
}

#endif
