#define _GNU_SOURCE
#include "shared.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

// What an entry takes besides its bytes: its place in a bucket, and what malloc adds.
#define OVERHEAD 32
// Buckets that each change looks through for what has expired.
#define SWEPT 4
// How long a store that is full of what has not expired is not looked through again, in nanoseconds.
#define FULL_FOR 100000000

typedef struct entry {
  struct entry *next;
  uint64_t hash, version;
  int64_t expires;  // by the clock of the store; 0: never
  int64_t integer;
  double number;
  size_t length;
  uint16_t key_length;
  uint8_t kind;
  uint8_t bytes[];  // the key, then the value
} entry;

struct pg_shared {
  pthread_mutex_t mutex;
  entry **buckets;
  size_t bucket_count;  // a power of two
  size_t count, used, limit, swept;
  int64_t full_until;  // nothing has expired, as far as is known
  uint64_t seed, versions;
  int64_t advanced;
};

pg_shared *pg_shared_create(size_t limit) {
  pg_shared *shared = calloc(1, sizeof *shared);
  if (shared == NULL) return NULL;
  shared->bucket_count = 64;
  shared->buckets = calloc(shared->bucket_count, sizeof *shared->buckets);
  if (shared->buckets == NULL || pthread_mutex_init(&shared->mutex, NULL) != 0) {
    free(shared->buckets);
    free(shared);
    return NULL;
  }
  shared->limit = limit;
  if (getrandom(&shared->seed, sizeof shared->seed, 0) != sizeof shared->seed) {
    shared->seed = (uint64_t)(uintptr_t)shared;
  }
  return shared;
}

void pg_shared_destroy(pg_shared *shared) {
  for (size_t i = 0; i < shared->bucket_count; i++) {
    for (entry *at = shared->buckets[i], *next; at != NULL; at = next) {
      next = at->next;
      free(at);
    }
  }
  pthread_mutex_destroy(&shared->mutex);
  free(shared->buckets);
  free(shared);
}

void pg_shared_set_limit(pg_shared *shared, size_t limit) {
  pthread_mutex_lock(&shared->mutex);
  shared->limit = limit;
  pthread_mutex_unlock(&shared->mutex);
}

void pg_shared_advance(pg_shared *shared, int64_t nanoseconds) {
  pthread_mutex_lock(&shared->mutex);
  shared->advanced += nanoseconds;
  pthread_mutex_unlock(&shared->mutex);
}

size_t pg_shared_used(pg_shared *shared) {
  pthread_mutex_lock(&shared->mutex);
  size_t used = shared->used;
  pthread_mutex_unlock(&shared->mutex);
  return used;
}

// All below is called with the mutex locked.

static int64_t now_of(const pg_shared *shared) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec + shared->advanced;
}

static uint64_t hash_of(const pg_shared *shared, const char *key, size_t length) {
  uint64_t hash = shared->seed;
  for (size_t i = 0; i < length; i++) hash = (hash ^ (uint8_t)key[i]) * 0x100000001B3u;
  return hash ^ hash >> 29;
}

static size_t size_of(const entry *entry) {
  return sizeof *entry + OVERHEAD + entry->key_length + entry->length;
}

static bool is_over(const entry *entry, int64_t now) {
  return entry->expires != 0 && entry->expires <= now;
}

static void unlink_entry(pg_shared *shared, entry **at) {
  entry *gone = *at;
  *at = gone->next;
  shared->count--;
  shared->used -= size_of(gone);
  free(gone);
}

static void sweep_bucket(pg_shared *shared, size_t bucket, int64_t now) {
  entry **at = &shared->buckets[bucket];
  while (*at != NULL) {
    if (is_over(*at, now)) {
      unlink_entry(shared, at);
    } else {
      at = &(*at)->next;
    }
  }
}

static void sweep(pg_shared *shared, size_t buckets, int64_t now) {
  for (size_t i = 0; i < buckets; i++) {
    sweep_bucket(shared, shared->swept++ & (shared->bucket_count - 1), now);
  }
}

// Where the pointer to the key's entry is, or would be: `**` is NULL then.
static entry **find(pg_shared *shared, uint64_t hash, const char *key, size_t length) {
  entry **at = &shared->buckets[hash & (shared->bucket_count - 1)];
  while (*at != NULL && ((*at)->hash != hash || (*at)->key_length != length ||
                         memcmp((*at)->bytes, key, length) != 0)) {
    at = &(*at)->next;
  }
  return at;
}

// The entry that has not expired.
static entry *find_living(pg_shared *shared, uint64_t hash, const char *key, size_t length,
                          int64_t now) {
  entry **at = find(shared, hash, key, length);
  if (*at == NULL || !is_over(*at, now)) return *at;
  unlink_entry(shared, at);
  return NULL;
}

// Without memory the buckets stay as long as they are.
static void grow(pg_shared *shared) {
  size_t count = shared->bucket_count * 2;
  entry **buckets = calloc(count, sizeof *buckets);
  if (buckets == NULL) return;
  for (size_t i = 0; i < shared->bucket_count; i++) {
    for (entry *at = shared->buckets[i], *next; at != NULL; at = next) {
      next = at->next;
      at->next = buckets[at->hash & (count - 1)];
      buckets[at->hash & (count - 1)] = at;
    }
  }
  free(shared->buckets);
  shared->buckets = buckets;
  shared->bucket_count = count;
}

// Whether `more` bytes may be used in place of `less`.
static bool has_room(pg_shared *shared, size_t more, size_t less, int64_t now) {
  if (more <= less || shared->used - less + more <= shared->limit) return true;
  if (now < shared->full_until) return false;
  sweep(shared, shared->bucket_count, now);
  if (shared->used - less + more <= shared->limit) return true;
  shared->full_until = now + FULL_FOR;
  return false;
}

// Puts a value in the place of `old` (NULL: there is none).
static pg_outcome store(pg_shared *shared, uint64_t hash, entry *old, const char *key,
                        size_t length, const pg_value *value, int64_t expires, int64_t now) {
  size_t size = sizeof(entry) + OVERHEAD + length + value->length;
  // What is looked at here has not expired, so that sweeping leaves it.
  if (!has_room(shared, size, old != NULL ? size_of(old) : 0, now)) return PG_STORE_FULL;
  entry *fresh = malloc(sizeof *fresh + length + value->length);
  if (fresh == NULL) return PG_NO_MEMORY;
  if (old != NULL) unlink_entry(shared, find(shared, hash, key, length));
  if (shared->count >= shared->bucket_count) grow(shared);
  entry **bucket = &shared->buckets[hash & (shared->bucket_count - 1)];
  *fresh = (entry){.next = *bucket,
                   .hash = hash,
                   .version = ++shared->versions,
                   .expires = expires,
                   .integer = value->integer,
                   .number = value->number,
                   .length = value->length,
                   .key_length = (uint16_t)length,
                   .kind = (uint8_t)value->kind};
  memcpy(fresh->bytes, key, length);
  if (value->length > 0) memcpy(fresh->bytes + length, value->bytes, value->length);
  *bucket = fresh;
  shared->count++;
  shared->used += size_of(fresh);
  return PG_STORED;
}

static pg_outcome put(pg_shared *shared, const char *key, size_t length, const pg_value *value,
                      int64_t lifetime, const uint64_t *version) {
  int64_t now = now_of(shared);
  sweep(shared, SWEPT, now);
  uint64_t hash = hash_of(shared, key, length);
  entry *old = find_living(shared, hash, key, length, now);
  if (version != NULL && *version != (old != NULL ? old->version : 0)) return PG_STORE_CHANGED;
  if (value->kind == PG_VALUE_NONE) {
    if (old != NULL) unlink_entry(shared, find(shared, hash, key, length));
    return PG_STORED;
  }
  int64_t expires = lifetime > 0 ? now + lifetime : 0;
  if (lifetime == PG_SAME_LIFETIME && old != NULL) expires = old->expires;
  return store(shared, hash, old, key, length, value, expires, now);
}

// Whole numbers wrap around like those of Lua.
static bool sum(const entry *old, pg_value *value) {
  if (old->kind == PG_VALUE_INTEGER && value->kind == PG_VALUE_INTEGER) {
    value->integer = (int64_t)((uint64_t)old->integer + (uint64_t)value->integer);
    return true;
  }
  if (old->kind != PG_VALUE_INTEGER && old->kind != PG_VALUE_FLOAT) return false;
  double first = old->kind == PG_VALUE_INTEGER ? (double)old->integer : old->number;
  double second = value->kind == PG_VALUE_INTEGER ? (double)value->integer : value->number;
  *value = (pg_value){.kind = PG_VALUE_FLOAT, .number = first + second};
  return true;
}

static pg_outcome add(pg_shared *shared, const char *key, size_t length, int64_t lifetime,
                      pg_value *value) {
  int64_t now = now_of(shared);
  sweep(shared, SWEPT, now);
  uint64_t hash = hash_of(shared, key, length);
  entry *old = find_living(shared, hash, key, length, now);
  if (old == NULL) {
    int64_t expires = lifetime > 0 ? now + lifetime : 0;
    return store(shared, hash, NULL, key, length, value, expires, now);
  }
  if (!sum(old, value)) return PG_NOT_A_NUMBER;
  old->kind = (uint8_t)value->kind;
  old->integer = value->integer;
  old->number = value->number;
  old->version = ++shared->versions;
  return PG_STORED;
}

static pg_outcome get(pg_shared *shared, const char *key, size_t length, pg_buffer *buffer,
                      pg_value *value, uint64_t *version) {
  entry *found =
      find_living(shared, hash_of(shared, key, length), key, length, now_of(shared));
  *value = (pg_value){.kind = PG_VALUE_NONE};
  *version = 0;
  if (found == NULL) return PG_STORED;
  pg_buffer_reset(buffer, PG_SHARED_KEPT);
  if (!pg_buffer_room(buffer, found->length)) return PG_NO_MEMORY;
  pg_buffer_copy(buffer, found->bytes + found->key_length, found->length);
  *version = found->version;
  *value = (pg_value){.kind = found->kind,
                      .integer = found->integer,
                      .number = found->number,
                      .bytes = buffer->bytes,
                      .length = found->length};
  return PG_STORED;
}

static pg_outcome keys(pg_shared *shared, const char *prefix, size_t length, pg_buffer *buffer) {
  int64_t now = now_of(shared);
  pg_buffer_reset(buffer, PG_SHARED_KEPT);
  for (size_t i = 0; i < shared->bucket_count; i++) {
    for (const entry *at = shared->buckets[i]; at != NULL; at = at->next) {
      if (is_over(at, now) || at->key_length < length ||
          memcmp(at->bytes, prefix, length) != 0) {
        continue;
      }
      if (!pg_buffer_room(buffer, (size_t)at->key_length + 1)) return PG_NO_MEMORY;
      pg_buffer_put(buffer, (uint8_t)(at->key_length - 1));
      pg_buffer_copy(buffer, at->bytes, at->key_length);
    }
  }
  return PG_STORED;
}

// What others call: the above with the mutex.

pg_outcome pg_shared_get(pg_shared *shared, const char *key, size_t length, pg_buffer *buffer,
                         pg_value *value, uint64_t *version) {
  pthread_mutex_lock(&shared->mutex);
  pg_outcome outcome = get(shared, key, length, buffer, value, version);
  pthread_mutex_unlock(&shared->mutex);
  return outcome;
}

pg_outcome pg_shared_put(pg_shared *shared, const char *key, size_t length, const pg_value *value,
                         int64_t lifetime, const uint64_t *version) {
  pthread_mutex_lock(&shared->mutex);
  pg_outcome outcome = put(shared, key, length, value, lifetime, version);
  pthread_mutex_unlock(&shared->mutex);
  return outcome;
}

pg_outcome pg_shared_add(pg_shared *shared, const char *key, size_t length, int64_t lifetime,
                         pg_value *value) {
  pthread_mutex_lock(&shared->mutex);
  pg_outcome outcome = add(shared, key, length, lifetime, value);
  pthread_mutex_unlock(&shared->mutex);
  return outcome;
}

bool pg_shared_remove(pg_shared *shared, const char *key, size_t length) {
  pthread_mutex_lock(&shared->mutex);
  uint64_t hash = hash_of(shared, key, length);
  bool was_there = find_living(shared, hash, key, length, now_of(shared)) != NULL;
  if (was_there) unlink_entry(shared, find(shared, hash, key, length));
  pthread_mutex_unlock(&shared->mutex);
  return was_there;
}

pg_outcome pg_shared_keys(pg_shared *shared, const char *prefix, size_t length,
                          pg_buffer *buffer) {
  pthread_mutex_lock(&shared->mutex);
  pg_outcome outcome = keys(shared, prefix, length, buffer);
  pthread_mutex_unlock(&shared->mutex);
  return outcome;
}
