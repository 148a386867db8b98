// JSON Patches (RFC 6902) of what has changed in a model since the last commit.
#ifndef PG_PATCH_H
#define PG_PATCH_H

#include "list_edits.h"
#include "node.h"

/// A patch in the making. Writers raise when the outbox is full or the run is to end.
typedef struct pg_patch {
  pg_encoder e;
  pg_buffer *path;  // of the value at hand, a JSON Pointer
  int changed;      // stack slot of a table: node -> list of its children with changes in them
  size_t count;     // operations so far
} pg_patch;

/// Where a patch stood, to take back what has been written since.
typedef struct pg_patch_mark {
  size_t used, count;
} pg_patch_mark;

/// What a container was, to know those of its children that are where they were.
typedef struct pg_patch_was {
  int before;  // stack slot of its content then, or only of the fields that have changed:
  bool only_changes;
  // In a list, the items in this range go by their states (pg_item_state; NULL: all are added), the
  // others by being what stood there.
  uint32_t first, count;
  const uint8_t *states;
} pg_patch_was;

// patch.c
pg_patch_mark pg_patch_here(const pg_patch *p);
/// Adds an operation on the path; the value at `value` (0: none) goes along.
void pg_patch_add(pg_patch *p, const char *operation, int value);
/// Adds a `move` of an item of the list that the path names.
void pg_patch_move(pg_patch *p, size_t from, size_t to);
/// Puts one `replace` with the value at `value` in the place of what was written since `mark`, if
/// that is longer than it and than `least` bytes. Answers the length of the `replace`, 0: not tried.
size_t pg_patch_shorten(pg_patch *p, pg_patch_mark mark, int value, size_t least);
/// Appends the key at `key` to the path; answers the path's length before, for pg_patch_leave.
size_t pg_patch_enter(pg_patch *p, int key);
size_t pg_patch_enter_item(pg_patch *p, size_t index);
static inline void pg_patch_leave(pg_patch *p, size_t length) { p->path->used = length; }

// patch_values.c
/// Writes what has changed in the node at `node`, which stands where it stood.
void pg_patch_node(pg_patch *p, int node);
/// Writes what makes the old value at `before` the value at `now`.
void pg_patch_values(pg_patch *p, int before, int now);
/// Writes the changes in those children of the node at `node` that are what they were; `was` NULL:
/// all of them.
void pg_patch_children(pg_patch *p, int node, const pg_patch_was *was);
/// Whether the old value at `before` looks like the value at `now`.
bool pg_patch_equal(pg_patch *p, int before, int now);
/// Pushes what the node at `node` held at the last commit.
void pg_patch_push_before(pg_patch *p, int node);

// patch_list.c
/// Writes what makes the list at `before` that at `now`, the content of the node at `node`.
void pg_patch_list(pg_patch *p, int before, int now, int node);

#endif
