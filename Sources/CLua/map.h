// A hash map from non-zero 64-bit keys to pointers: sockets and sessions by the numbers that the
// owner gave them. Open addressing with backward-shift deletion, so it needs no tombstones.
#ifndef PG_MAP_H
#define PG_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pg_map {
  uint64_t *keys;  // 0: free
  void **values;
  size_t count;
  size_t capacity;  // a power of two, or 0
} pg_map;

void *pg_map_get(const pg_map *map, uint64_t key);
/// False when there is no memory; `key` must not be present.
bool pg_map_add(pg_map *map, uint64_t key, void *value);
void pg_map_remove(pg_map *map, uint64_t key);
void pg_map_free(pg_map *map);

#endif
