// What went through in the time that counts, and what went wrong in the whole run.
#ifndef LOAD_TALLY_H
#define LOAD_TALLY_H

#include <stdbool.h>

#include "histogram.h"
#include "report.h"

typedef struct tally {
  bool is_open;  // the time counts
  histogram latency;
  uint64_t lost, repeated, reordered, strange, closed_early;
} tally;

/// Starts the time that counts.
void tally_begin(tally *t);
void tally_report(const tally *t, report *r);

static inline void tally_add(tally *t, uint64_t now, uint64_t since) {
  if (t->is_open) histogram_add(&t->latency, now > since ? now - since : 0);
}

#endif
