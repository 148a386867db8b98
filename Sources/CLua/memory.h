// The memory of one Lua state, under a hard limit. Small blocks come from chunks sorted by size
// class, since a dispatch makes and drops a dozen of them; the rest comes from malloc.
#ifndef PG_MEMORY_H
#define PG_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define PG_SIZE_CLASSES 16  // of 16 bytes each

typedef struct pg_chunk pg_chunk;

typedef struct pg_memory {
  size_t limit;
  size_t used;      // bytes that Lua holds
  size_t reserved;  // bytes taken from the system: chunks and large blocks
  bool refused;     // a request was turned down since this was last cleared
  void *free[PG_SIZE_CLASSES + 1];  // lists of free blocks, by class
  pg_chunk *chunks;                 // the first one is carved further
  char *next, *end;                 // its free rest
} pg_memory;

/// A `lua_Alloc` whose context is a `pg_memory`.
void *pg_allocate(void *memory, void *block, size_t old_size, size_t new_size);
/// Gives chunks without any block in use back to the system.
void pg_memory_reclaim(pg_memory *memory);
/// Frees every chunk; the state must be closed.
void pg_memory_free(pg_memory *memory);

#endif
