#define _GNU_SOURCE
#include "names.h"

#include <string.h>
#include <sys/random.h>

void pg_names_begin(pg_names *names) {
  if (getrandom(&names->seed, sizeof names->seed, 0) != sizeof names->seed) {
    names->seed = (uint64_t)(uintptr_t)names;
  }
}

static uint64_t hash_of(const pg_names *names, const void *scope, const char *name,
                        size_t length) {
  uint64_t hash = names->seed ^ (uint64_t)(uintptr_t)scope;
  for (size_t i = 0; i < length; i++) hash = (hash ^ (uint8_t)name[i]) * 0x100000001B3u;
  hash ^= hash >> 29;
  return hash != 0 ? hash : 1;
}

pg_named *pg_names_find(const pg_names *names, const void *scope, const char *name,
                        size_t length) {
  pg_named *entry = pg_map_get(&names->map, hash_of(names, scope, name, length));
  while (entry != NULL && (entry->scope != scope || entry->length != length ||
                           memcmp(entry->name, name, length) != 0)) {
    entry = entry->next;
  }
  return entry;
}

bool pg_names_add(pg_names *names, pg_named *entry, const void *scope, const char *name,
                  size_t length) {
  *entry = (pg_named){scope, name, length, hash_of(names, scope, name, length), NULL};
  pg_named *first = pg_map_get(&names->map, entry->hash);
  if (first == NULL) return pg_map_add(&names->map, entry->hash, entry);
  entry->next = first->next;
  first->next = entry;
  return true;
}

void pg_names_remove(pg_names *names, pg_named *entry) {
  pg_named *first = pg_map_get(&names->map, entry->hash);
  if (first != entry) {
    while (first != NULL && first->next != entry) first = first->next;
    if (first != NULL) first->next = entry->next;
    return;
  }
  pg_map_remove(&names->map, entry->hash);
  // The map has just given up a place, so that this finds room.
  if (entry->next != NULL) pg_map_add(&names->map, entry->hash, entry->next);
}
