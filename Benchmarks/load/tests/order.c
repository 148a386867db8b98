#include "order.h"

#include "tests/check.h"

static tally counts;
static order o;

static bool take(uint32_t sender, uint32_t number) {
  return order_take(&o, (token){sender, number}, &counts);
}

void test_order(void) {
  order_open(&o, 2);
  CHECK(take(0, 0) && take(0, 1) && take(1, 0));
  CHECK(counts.repeated == 0 && counts.reordered == 0);
  // 2 and 3 are overtaken; 3 comes late.
  CHECK(take(0, 4) && order_missing(&o, 0, 6) == 3);
  CHECK(!order_has(&o, (token){0, 3}) && order_has(&o, (token){0, 4}));
  CHECK(take(0, 3) && counts.reordered == 1 && order_missing(&o, 0, 6) == 2);
  CHECK(!take(0, 3) && !take(0, 0) && counts.repeated == 2);
  CHECK(order_has(&o, (token){0, 3}) && !order_has(&o, (token){0, 2}));
  CHECK(order_missing(&o, 0, 5) == 1 && order_missing(&o, 1, 1) == 0);
}
