#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define GRAIN 16
#define SMALL (PG_SIZE_CLASSES * GRAIN)
#define CHUNK ((size_t)64 << 10)  // chunks are aligned to their size

struct pg_chunk {
  pg_chunk *next;
  size_t live;  // blocks in use
};

typedef struct free_block {
  struct free_block *next;
} free_block;

static inline pg_chunk *chunk_of(void *block) {
  return (pg_chunk *)((uintptr_t)block & ~(uintptr_t)(CHUNK - 1));
}

static inline size_t class_of(size_t size) { return (size + GRAIN - 1) / GRAIN; }

void pg_memory_reclaim(pg_memory *memory) {
  for (size_t class = 1; class <= PG_SIZE_CLASSES; class++) {
    free_block **at = (free_block **)&memory->free[class];
    while (*at != NULL) {
      if (chunk_of(*at)->live == 0) {
        *at = (*at)->next;
      } else {
        at = &(*at)->next;
      }
    }
  }
  pg_chunk **at = &memory->chunks;
  while (*at != NULL) {
    pg_chunk *chunk = *at;
    if (chunk->live > 0) {
      at = &chunk->next;
      continue;
    }
    if (chunk == memory->chunks) memory->next = memory->end = NULL;
    *at = chunk->next;
    memory->reserved -= CHUNK;
    free(chunk);
  }
}

// Whether `size` more bytes may be taken from the system.
static bool admit(pg_memory *memory, size_t size) {
  if (memory->reserved <= memory->limit && size <= memory->limit - memory->reserved) return true;
  pg_memory_reclaim(memory);
  if (memory->reserved <= memory->limit && size <= memory->limit - memory->reserved) return true;
  memory->refused = true;
  return false;
}

static bool add_chunk(pg_memory *memory) {
  if (!admit(memory, CHUNK)) return false;
  pg_chunk *chunk = aligned_alloc(CHUNK, CHUNK);
  if (chunk == NULL) {
    memory->refused = true;
    return false;
  }
  // What is left of the old chunk is lost until that chunk is empty: less than one block's size.
  *chunk = (pg_chunk){.next = memory->chunks};
  memory->chunks = chunk;
  memory->next = (char *)chunk + class_of(sizeof *chunk) * GRAIN;
  memory->end = (char *)chunk + CHUNK;
  memory->reserved += CHUNK;
  return true;
}

static inline void *take_small(pg_memory *memory, size_t size) {
  size_t class = class_of(size);
  free_block *block = memory->free[class];
  if (block != NULL) {
    memory->free[class] = block->next;
  } else {
    size_t bytes = class * GRAIN;
    if ((size_t)(memory->end - memory->next) < bytes && !add_chunk(memory)) return NULL;
    block = (free_block *)memory->next;
    memory->next += bytes;
  }
  chunk_of(block)->live++;
  memory->used += size;
  return block;
}

static inline void give_small(pg_memory *memory, void *block, size_t size) {
  size_t class = class_of(size);
  free_block *free = block;
  free->next = memory->free[class];
  memory->free[class] = free;
  chunk_of(block)->live--;
  memory->used -= size;
}

static void *take_large(pg_memory *memory, size_t size) {
  if (!admit(memory, size)) return NULL;
  void *block = malloc(size);
  if (block == NULL) {
    memory->refused = true;
    return NULL;
  }
  memory->used += size;
  memory->reserved += size;
  return block;
}

static inline void *take(pg_memory *memory, size_t size) {
  return size <= SMALL ? take_small(memory, size) : take_large(memory, size);
}

static inline void give(pg_memory *memory, void *block, size_t size) {
  if (size <= SMALL) {
    give_small(memory, block, size);
    return;
  }
  free(block);
  memory->used -= size;
  memory->reserved -= size;
}

static void *resize_large(pg_memory *memory, void *block, size_t old_size, size_t new_size) {
  if (new_size > old_size && !admit(memory, new_size - old_size)) return NULL;
  void *moved = realloc(block, new_size);
  if (moved == NULL) {
    memory->refused = true;
    return NULL;
  }
  memory->used += new_size - old_size;
  memory->reserved += new_size - old_size;
  return moved;
}

static void *resize(pg_memory *memory, void *block, size_t old_size, size_t new_size) {
  if (old_size > SMALL && new_size > SMALL) {
    return resize_large(memory, block, old_size, new_size);
  }
  if (old_size <= SMALL && new_size <= SMALL && class_of(old_size) == class_of(new_size)) {
    memory->used += new_size - old_size;
    return block;
  }
  // Lua expects that a block can always be made smaller, even if that takes a chunk too many.
  size_t limit = memory->limit;
  if (new_size < old_size) memory->limit = SIZE_MAX;
  void *moved = take(memory, new_size);
  memory->limit = limit;
  if (moved == NULL) return NULL;
  memcpy(moved, block, old_size < new_size ? old_size : new_size);
  give(memory, block, old_size);
  return moved;
}

void *pg_allocate(void *context, void *block, size_t old_size, size_t new_size) {
  pg_memory *memory = context;
  if (block == NULL) return new_size == 0 ? NULL : take(memory, new_size);
  if (new_size == 0) {
    give(memory, block, old_size);
    return NULL;
  }
  return resize(memory, block, old_size, new_size);
}

void pg_memory_free(pg_memory *memory) {
  while (memory->chunks != NULL) {
    pg_chunk *chunk = memory->chunks;
    memory->chunks = chunk->next;
    free(chunk);
  }
}
