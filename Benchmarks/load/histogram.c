#include "histogram.h"

// The largest value of a bucket.
static uint64_t top(unsigned bucket) {
  unsigned row = bucket >> HISTOGRAM_FINE, column = bucket & ((1U << HISTOGRAM_FINE) - 1);
  if (row == 0) return column;
  uint64_t low = (uint64_t)((1U << HISTOGRAM_FINE) + column) << (row - 1);
  return low + ((1ULL << (row - 1)) - 1);
}

uint64_t histogram_at(const histogram *h, double share) {
  uint64_t wanted = (uint64_t)(share * (double)h->total), seen = 0;
  if (h->total == 0) return 0;
  if (wanted >= h->total) wanted = h->total - 1;
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += h->counts[i];
    if (seen > wanted) return top(i) < h->largest ? top(i) : h->largest;
  }
  return h->largest;
}
