#include "tally.h"

void tally_begin(tally *t) {
  t->latency = (histogram){0};
  t->is_open = true;
}

void tally_report(const tally *t, report *r) {
  report_number(r, "p50_us", (double)histogram_at(&t->latency, 0.5) / 1000, 1);
  report_number(r, "p99_us", (double)histogram_at(&t->latency, 0.99) / 1000, 1);
  report_number(r, "max_us", (double)t->latency.largest / 1000, 1);
  report_count(r, "count", t->latency.total);
  report_count(r, "lost", t->lost);
  report_count(r, "repeated", t->repeated);
  report_count(r, "reordered", t->reordered);
  report_count(r, "strange", t->strange);
  report_count(r, "closed_early", t->closed_early);
}
