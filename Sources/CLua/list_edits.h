// How one list becomes another: removals, moves and additions, as few as possible. Pure: it knows
// only which item is which.
#ifndef PG_LIST_EDITS_H
#define PG_LIST_EDITS_H

#include <stddef.h>
#include <stdint.h>

/// What became of a new item.
typedef enum pg_item_state {
  PG_ITEM_ADDED,
  PG_ITEM_KEPT,     // it stays in its place among the others that stay
  PG_ITEM_MOVED,
  PG_ITEM_CHANGED,  // it stands where an old item stood that is gone
} pg_item_state;

typedef struct pg_edit {
  enum { PG_EDIT_REMOVE, PG_EDIT_MOVE, PG_EDIT_ADD } kind;
  uint32_t from;  // of a removal or a move: where the item is by then
  uint32_t to;    // of a move or an addition: where it goes, once it is out of the list
  uint32_t item;  // the new item's index
} pg_edit;

/// How many `uint32_t` the scratch of pg_list_edits holds.
#define PG_EDITS_SCRATCH(before, now) (3 * (before) + 3 * (now) + 4)

/// Writes the edits, to be applied in their order, into `edits` (room for `before + now`) and answers
/// how many. `source[j]` is the old index of the new item j, or -1; items that take the place of
/// another one get that one's index. `states[j]` is filled in.
size_t pg_list_edits(uint32_t before, uint32_t now, int32_t *source, uint8_t *states,
                     pg_edit *edits, uint32_t *scratch);

#endif
