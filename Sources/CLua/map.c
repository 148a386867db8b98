#include "map.h"

#include <stdlib.h>

static size_t slot_of(const pg_map *map, uint64_t key) {
  return (size_t)((key * 0x9E3779B97F4A7C15u) >> 32) & (map->capacity - 1);
}

static size_t find(const pg_map *map, uint64_t key) {
  size_t slot = slot_of(map, key);
  while (map->keys[slot] != 0 && map->keys[slot] != key) slot = (slot + 1) & (map->capacity - 1);
  return slot;
}

void *pg_map_get(const pg_map *map, uint64_t key) {
  if (map->capacity == 0 || key == 0) return NULL;
  size_t slot = find(map, key);
  return map->keys[slot] == key ? map->values[slot] : NULL;
}

static bool grow(pg_map *map) {
  pg_map larger = {.capacity = map->capacity == 0 ? 16 : map->capacity * 2, .count = map->count};
  larger.keys = calloc(larger.capacity, sizeof *larger.keys);
  larger.values = calloc(larger.capacity, sizeof *larger.values);
  if (larger.keys == NULL || larger.values == NULL) {
    pg_map_free(&larger);
    return false;
  }
  for (size_t i = 0; i < map->capacity; i++) {
    if (map->keys[i] == 0) continue;
    size_t slot = find(&larger, map->keys[i]);
    larger.keys[slot] = map->keys[i];
    larger.values[slot] = map->values[i];
  }
  pg_map_free(map);
  *map = larger;
  return true;
}

bool pg_map_add(pg_map *map, uint64_t key, void *value) {
  if (key == 0) return false;
  if (map->count * 4 >= map->capacity * 3 && !grow(map)) return false;
  size_t slot = find(map, key);
  map->keys[slot] = key;
  map->values[slot] = value;
  map->count++;
  return true;
}

void pg_map_remove(pg_map *map, uint64_t key) {
  if (map->capacity == 0 || key == 0) return;
  size_t hole = find(map, key);
  if (map->keys[hole] != key) return;
  size_t mask = map->capacity - 1;
  for (size_t next = (hole + 1) & mask; map->keys[next] != 0; next = (next + 1) & mask) {
    // An entry may move back into the hole only when its own slot is not between the two.
    size_t own = slot_of(map, map->keys[next]);
    if (((next - own) & mask) < ((next - hole) & mask)) continue;
    map->keys[hole] = map->keys[next];
    map->values[hole] = map->values[next];
    hole = next;
  }
  map->keys[hole] = 0;
  map->values[hole] = NULL;
  map->count--;
}

void pg_map_free(pg_map *map) {
  free(map->keys);
  free(map->values);
  *map = (pg_map){0};
}
