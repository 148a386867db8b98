// An index of records by name: namespaces, the rooms of each, the ids of its sockets. The records
// belong to others and carry their entry in themselves.
#ifndef PG_NAMES_H
#define PG_NAMES_H

#include "map.h"

typedef struct pg_named {
  const void *scope;  // whose name it is: any address that stands for nothing else
  const char *name;
  size_t length;
  uint64_t hash;
  struct pg_named *next;  // of the same hash
} pg_named;

typedef struct pg_names {
  pg_map map;
  uint64_t seed;  // so that no client can choose names that fall together
} pg_names;

void pg_names_begin(pg_names *names);
pg_named *pg_names_find(const pg_names *names, const void *scope, const char *name,
                        size_t length);
/// False when there is no memory. The name stays where it is and must outlive the entry.
bool pg_names_add(pg_names *names, pg_named *entry, const void *scope, const char *name,
                  size_t length);
void pg_names_remove(pg_names *names, pg_named *entry);

#endif
