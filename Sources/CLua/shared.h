// What the states of one app have in common: a table of encoded values behind a mutex. Called from any
// thread. Nothing here raises, so that no error can leave the mutex locked; shared_api.c is what scripts see.
#ifndef PG_SHARED_H
#define PG_SHARED_H

#include "buffer.h"

#define PG_MAX_SHARED_KEY 256  // bytes of a key
#define PG_SHARED_KEPT ((size_t)1 << 16)  // bytes of a buffer that stay after a large value

/// A lifetime for `pg_shared_put`: as long as the key had before.
#define PG_SAME_LIFETIME ((int64_t)-1)

typedef enum pg_value_kind {
  PG_VALUE_NONE = 0,
  PG_VALUE_FALSE,
  PG_VALUE_TRUE,
  PG_VALUE_INTEGER,
  PG_VALUE_FLOAT,
  PG_VALUE_STRING,
  PG_VALUE_JSON,  // text
} pg_value_kind;

/// A value on its way in or out; `bytes` belongs to the caller.
typedef struct pg_value {
  pg_value_kind kind;
  int64_t integer;
  double number;
  const uint8_t *bytes;
  size_t length;
} pg_value;

typedef enum pg_outcome {
  PG_STORED,
  PG_STORE_FULL,
  PG_STORE_CHANGED,  // the value is not that of the version any more
  PG_NOT_A_NUMBER,
  PG_NO_MEMORY,
} pg_outcome;

/// Reads a value, its bytes into `buffer`. `*version` tells it from every other that the key ever has; 0:
/// there is none.
pg_outcome pg_shared_get(pg_shared *shared, const char *key, size_t length, pg_buffer *buffer,
                         pg_value *value, uint64_t *version);
/// Stores a value for `lifetime` nanoseconds (0: for good), or removes the key when it is none; with a
/// `version`, only if the value is still that one.
pg_outcome pg_shared_put(pg_shared *shared, const char *key, size_t length, const pg_value *value,
                         int64_t lifetime, const uint64_t *version);
/// Adds to a number; one that is not there is 0 and begins to live for `lifetime`. `*value` is what is
/// added, and then the sum.
pg_outcome pg_shared_add(pg_shared *shared, const char *key, size_t length, int64_t lifetime,
                         pg_value *value);
/// Whether there was something to remove.
bool pg_shared_remove(pg_shared *shared, const char *key, size_t length);
/// Writes the keys that begin with `prefix` into `buffer`, each behind one byte less than its length.
pg_outcome pg_shared_keys(pg_shared *shared, const char *prefix, size_t length,
                          pg_buffer *buffer);

#endif
