// JSON text to Lua values and back, straight between the Lua stack and byte buffers.
#ifndef PG_JSON_H
#define PG_JSON_H

#include "host.h"

/// A reader of JSON text. Values land on the Lua stack; `error` says what is wrong and `at` where.
typedef struct pg_decoder {
  lua_State *L;
  pg_host *host;
  const uint8_t *at, *end;
  const uint8_t *start;
  const pg_input *input;  // whose attachments the placeholders mean
  int depth;
  int names;         // stack slot of the names' table inside an outermost array or object, else 0
  bool attachments;  // placeholders stand for the input's attachments
  size_t binary;     // bytes of those that have been put in their places
  const char *error;
} pg_decoder;

/// A writer of JSON text into `out`. Raises Lua errors; binaries become attachments if `blobs`.
typedef struct pg_encoder {
  lua_State *L;
  pg_host *host;
  pg_buffer *out;
  size_t limit;
  int depth;
  bool blobs;
  int attachments;
} pg_encoder;

pg_decoder pg_decode_begin(lua_State *L, pg_host *host, const void *text, size_t length);
/// Reads one value. stack: … → … value; on false the stack may hold leftovers.
bool pg_decode_value(pg_decoder *decoder);
/// Reads a whole text `[values…]` onto the stack, JSON null as nil; `first_read` says that `[` and
/// a first value are read already. Returns how many values it pushed, or -1.
int pg_decode_arguments(pg_decoder *decoder, bool first_read);
bool pg_decode_any_bytes(pg_decoder *decoder, const uint8_t **bytes, size_t *length);
/// Reads a string without making a Lua value of it; the bytes are in the text or the scratch.
static inline bool pg_decode_bytes(pg_decoder *decoder, const uint8_t **bytes, size_t *length) {
  const uint8_t *begun = decoder->at + 1;
  ptrdiff_t short_length = -1;
  if (begun < decoder->end && *decoder->at == '"') {
    short_length = pg_short_string(decoder->start, begun, decoder->end);
  }
  if (short_length < 0) return pg_decode_any_bytes(decoder, bytes, length);
  *bytes = begun;
  *length = (size_t)short_length;
  decoder->at = begun + short_length + 1;
  return true;
}
bool pg_decode_number(pg_decoder *decoder);
/// True when only white space is left.
bool pg_decode_finished(pg_decoder *decoder);
bool pg_decode_fail(pg_decoder *decoder, const char *error);
void pg_decode_space_slow(pg_decoder *decoder);
static inline void pg_decode_space(pg_decoder *decoder) {
  if (decoder->at < decoder->end && *decoder->at <= ' ') pg_decode_space_slow(decoder);
}

/// Makes room on the stack for the deepest value and answers a writer without attachments.
pg_encoder pg_encode_begin(lua_State *L, pg_host *host, pg_buffer *out, size_t limit);
/// Writes the value at `index`.
void pg_encode_value(pg_encoder *encoder, int index);
/// Writes `before` and the pair on top. stack: … key value (of lua_next) → unchanged
void pg_encode_member(pg_encoder *encoder, char before, bool integers_allowed);
/// Writes the table at `index` as an array; raises when it is none.
void pg_encode_array(pg_encoder *encoder, int index);
/// Writes the recorded table at `index` (json_node.c). stack: unchanged
void pg_encode_node(pg_encoder *encoder, int index);
/// How many keys the table at `index` has.
lua_Integer pg_entries(lua_State *L, int index);
void pg_encode_string(pg_encoder *encoder, const char *bytes, size_t length);
/// Writes `before"bytes":`.
void pg_encode_name(pg_encoder *encoder, char before, const char *bytes, size_t length);
/// Makes room for `bytes` more; raises when the limit or the memory is reached.
static inline void pg_encode_need(pg_encoder *encoder, size_t bytes) {
  pg_buffer *out = encoder->out;
  if (out->used + bytes > encoder->limit || out->capacity - out->used < bytes) {
    pg_draft_room(encoder->L, out, encoder->limit, bytes);
  }
}
static inline void pg_encode_byte(pg_encoder *encoder, char byte) {
  pg_encode_need(encoder, 1);
  pg_buffer_put(encoder->out, (uint8_t)byte);
}
void pg_encode_integer(pg_encoder *encoder, lua_Integer value);
void pg_encode_float(pg_encoder *encoder, lua_Number value);
/// Writes `[event,values…]` from the stack slots `first`…`last` into the outbox's text.
pg_span pg_encode_event(lua_State *L, pg_host *host, const char *event, size_t length, int first,
                        int last, int *attachments);
/// Writes `[values…]`.
pg_span pg_encode_values(lua_State *L, pg_host *host, int first, int last, int *attachments);

/// Writes the value at `index` alone, without attachments.
pg_span pg_encode_text(lua_State *L, pg_host *host, int index);

/// How many bytes from `bytes` on are valid UTF-8; `length` when all of them.
size_t pg_utf8_valid(const uint8_t *bytes, size_t length);
/// The first byte at or after `at` that is a quote, a backslash or a control character, or `end`;
/// notes in `*ascii` whether no byte above 127 came before it. What is between `start` and `at` may
/// be read, too.
const uint8_t *pg_json_plain(const uint8_t *start, const uint8_t *at, const uint8_t *end,
                             bool *ascii);
// values.c
void pg_values_open(lua_State *L, pg_host *host);
void pg_push_null(lua_State *L);
bool pg_is_null(lua_State *L, int index);
/// The bytes of the string, number or binary value at `index`; raises when it is none.
const char *pg_check_bytes(lua_State *L, int index, size_t *length);
void pg_push_binary(lua_State *L, pg_host *host, const void *bytes, size_t length);
void pg_mark_array(lua_State *L, pg_host *host);  // stack: … table → … table
void pg_mark_object(lua_State *L, pg_host *host);  // stack: … table → … table

#endif
