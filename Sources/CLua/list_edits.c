// Moves are told from what stays by the longest ascending run; where things are while the edits go on
// is counted, not tried out.
#include "list_edits.h"

#include <stdbool.h>
#include <string.h>

// Counts of old items by position, each sum in logarithmic time (a Fenwick tree).
typedef struct tally {
  uint32_t *sums;  // 1-based
  uint32_t size;
} tally;

static void tally_add(const tally *t, uint32_t position, uint32_t amount) {
  for (uint32_t i = position + 1; i <= t->size; i += i & -i) t->sums[i] += amount;
}

// The sum of the positions before `position`.
static uint32_t tally_before(const tally *t, uint32_t position) {
  uint32_t sum = 0;
  for (uint32_t i = position; i > 0; i -= i & -i) sum += t->sums[i];
  return sum;
}

// Marks the longest run of known items whose old indexes ascend as kept, the other known ones as
// moved. `tails[k]` is the item that ends the best run of length k + 1, `previous` the one before.
static void find_kept(uint32_t now, const int32_t *source, uint8_t *states, uint32_t *tails,
                      uint32_t *previous) {
  uint32_t length = 0;
  for (uint32_t j = 0; j < now; j++) {
    states[j] = source[j] < 0 ? PG_ITEM_ADDED : PG_ITEM_MOVED;
    if (source[j] < 0) continue;
    uint32_t low = 0, high = length;
    while (low < high) {
      uint32_t middle = (low + high) / 2;
      if (source[tails[middle]] < source[j]) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    previous[j] = low > 0 ? tails[low - 1] : UINT32_MAX;
    tails[low] = j;
    if (low == length) length++;
  }
  if (length == 0) return;
  for (uint32_t j = tails[length - 1]; j != UINT32_MAX; j = previous[j]) {
    states[j] = PG_ITEM_KEPT;
  }
}

// Lets added items take the places of old ones that are gone, between the same kept items.
// `used[i]`: the old item i is still there.
static void pair_changed(uint32_t before, uint32_t now, int32_t *source, uint8_t *states,
                         uint32_t *used) {
  uint32_t i = 0;
  for (uint32_t j = 0; j < now; j++) {
    if (states[j] == PG_ITEM_KEPT) i = (uint32_t)source[j] + 1;
    if (states[j] != PG_ITEM_ADDED) continue;
    uint32_t free = i;
    while (free < before && used[free] == 1) free++;
    if (free == before || used[free] == 2) {
      i = free;
      continue;
    }
    source[j] = (int32_t)free;
    states[j] = PG_ITEM_CHANGED;
    used[free] = 1;
    i = free + 1;
  }
}

static bool is_settled(uint8_t state) { return state == PG_ITEM_KEPT || state == PG_ITEM_CHANGED; }

// The moves and additions, in the order of the new list: each item goes behind the one before it.
// What is still to be moved stands between those that are settled; `waiting` counts it by its old
// position, `placed` what has been put behind a settled item, by that one's.
static size_t place(uint32_t now, const int32_t *source, const uint8_t *states,
                    pg_edit *edits, const tally *waiting, const tally *placed,
                    const tally *settled) {
  size_t count = 0;
  int64_t base = -1;  // old position of the settled item that the new ones stand behind
  uint32_t leading = 0;  // how many were put before every settled item
  for (uint32_t j = 0; j < now; j++) {
    if (states[j] == PG_ITEM_MOVED) tally_add(waiting, (uint32_t)source[j], 1);
    if (is_settled(states[j])) tally_add(settled, (uint32_t)source[j], 1);
  }
  for (uint32_t j = 0; j < now; j++) {
    if (is_settled(states[j])) {
      base = source[j];
      continue;
    }
    pg_edit *edit = &edits[count++];
    *edit = (pg_edit){.kind = PG_EDIT_ADD, .item = j};
    if (states[j] == PG_ITEM_MOVED) {
      uint32_t position = (uint32_t)source[j];
      edit->kind = PG_EDIT_MOVE;
      edit->from = leading + tally_before(settled, position) + tally_before(waiting, position) +
                   tally_before(placed, position);
      tally_add(waiting, position, UINT32_MAX);
    }
    edit->to = j + (base < 0 ? 0 : tally_before(waiting, (uint32_t)base));
    if (base < 0) {
      leading++;
    } else {
      tally_add(placed, (uint32_t)base, 1);
    }
    if (edit->kind == PG_EDIT_MOVE && edit->from == edit->to) count--;
  }
  return count;
}

size_t pg_list_edits(uint32_t before, uint32_t now, int32_t *source, uint8_t *states,
                     pg_edit *edits, uint32_t *scratch) {
  uint32_t *used = scratch, *tails = used + before, *previous = tails + now;
  find_kept(now, source, states, tails, previous);
  memset(used, 0, before * sizeof *used);
  // 1: it moves, or took a place; 2: it is kept, nothing gets past it
  for (uint32_t j = 0; j < now; j++) {
    if (source[j] >= 0) used[source[j]] = states[j] == PG_ITEM_KEPT ? 2 : 1;
  }
  pair_changed(before, now, source, states, used);
  size_t count = 0;
  for (uint32_t i = before; i-- > 0;) {
    if (used[i] != 0) continue;
    edits[count++] = (pg_edit){.kind = PG_EDIT_REMOVE, .from = i};
  }
  memset(scratch, 0, PG_EDITS_SCRATCH(before, now) * sizeof *scratch);
  tally waiting = {scratch, before}, placed = {scratch + before + 1, before};
  tally settled = {scratch + 2 * (before + 1), before};
  return count + place(now, source, states, edits + count, &waiting, &placed, &settled);
}
