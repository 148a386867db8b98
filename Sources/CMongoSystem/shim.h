// libmongoc, and what of it Swift cannot see: its documents are structs aligned as no Swift value is, so
// that they are passed as bytes.

#include <mongoc/mongoc.h>
#include <stdlib.h>

/// A BSON document that belongs to the caller, or to the cursor that it came from.
typedef struct {
  const uint8_t *_Nullable bytes;
  size_t length;
} MongoBytes;

/// NULL when the bytes are no documents.
static inline mongoc_cursor_t *_Nullable MongoFind(
    mongoc_collection_t *_Nonnull collection, MongoBytes filter, MongoBytes options) {
  bson_t filterDocument, optionsDocument;
  if (!bson_init_static(&filterDocument, filter.bytes, filter.length) ||
      !bson_init_static(&optionsDocument, options.bytes, options.length)) {
    return NULL;
  }
  return mongoc_collection_find_with_opts(collection, &filterDocument, &optionsDocument, NULL);
}

/// The next document, which is there until the next call; false without one.
static inline bool MongoNext(mongoc_cursor_t *_Nonnull cursor, MongoBytes *_Nonnull document) {
  const bson_t *next = NULL;
  if (!mongoc_cursor_next(cursor, &next)) return false;
  document->bytes = bson_get_data(next);
  document->length = next->len;
  return true;
}

/// Inserts documents in order, up to the first that cannot be.
static inline bool MongoInsert(
    mongoc_collection_t *_Nonnull collection, const MongoBytes *_Nonnull documents, size_t count,
    MongoBytes options, int64_t *_Nonnull inserted, bson_error_t *_Nonnull error) {
  bson_t *views = NULL, optionsDocument, reply;
  const bson_t **pointers = calloc(count, sizeof(*pointers));
  bool isDone = false;
  *inserted = 0;
  if (pointers && posix_memalign((void **)&views, _Alignof(bson_t), count * sizeof(bson_t)) == 0 &&
      bson_init_static(&optionsDocument, options.bytes, options.length)) {
    isDone = true;
    for (size_t index = 0; index < count; index++) {
      isDone &= bson_init_static(&views[index], documents[index].bytes, documents[index].length);
      pointers[index] = &views[index];
    }
    if (isDone) {
      bson_iter_t iterator;
      isDone = mongoc_collection_insert_many(
          collection, pointers, count, &optionsDocument, &reply, error);
      if (bson_iter_init_find(&iterator, &reply, "insertedCount")) {
        *inserted = bson_iter_as_int64(&iterator);
      }
      bson_destroy(&reply);
    }
  }
  free(views);
  free(pointers);
  return isDone;
}

/// Runs a command; the answer is to be freed by `bson_free`.
static inline bool MongoRun(
    mongoc_client_t *_Nonnull client, const char *_Nonnull database, MongoBytes command,
    uint8_t *_Nullable *_Nonnull answer, uint32_t *_Nonnull length, bson_error_t *_Nonnull error) {
  bson_t commandDocument, reply;
  *answer = NULL;
  if (!bson_init_static(&commandDocument, command.bytes, command.length)) return false;
  bool isDone =
      mongoc_client_command_simple(client, database, &commandDocument, NULL, &reply, error);
  *answer = bson_destroy_with_steal(&reply, true, length);
  return isDone;
}
