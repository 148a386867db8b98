#include "histogram.h"

#include "tests/check.h"

static histogram h;

void test_histogram(void) {
  h = (histogram){0};
  CHECK(histogram_at(&h, 0.5) == 0);
  for (uint64_t value = 1; value <= 100000; value++) histogram_add(&h, value * 1000);
  for (int percent = 1; percent <= 99; percent++) {
    double exact = percent * 1e6, found = (double)histogram_at(&h, percent / 100.0);
    CHECK(found > exact * 0.98 && found < exact * 1.02);
  }
  CHECK(histogram_at(&h, 1) == 100000000 && h.largest == 100000000);
  h = (histogram){0};
  histogram_add(&h, 0);
  CHECK(histogram_at(&h, 0.99) == 0);
  histogram_add(&h, UINT64_MAX);
  CHECK(histogram_at(&h, 0.99) == UINT64_MAX);
  for (uint64_t value = 1; value != 0; value <<= 1) {
    CHECK(histogram_bucket(value) > histogram_bucket(value - 1) || value - 1 == 0);
    CHECK(histogram_bucket(value) < HISTOGRAM_BUCKETS);
  }
}
