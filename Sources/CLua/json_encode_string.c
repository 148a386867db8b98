// Strings of Lua as JSON text: plain ones are copied while they are looked at, the others go the
// long way. Called for each string and each member's name.
#include "json.h"

static const char escape_letters[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";
static const char hex[] = "0123456789abcdef";

static void write_escape(pg_buffer *out, uint8_t byte) {
  pg_buffer_put(out, '\\');
  if (byte >= 0x20) {
    pg_buffer_put(out, byte);
    return;
  }
  pg_buffer_put(out, (uint8_t)escape_letters[byte]);
  if (escape_letters[byte] != 'u') return;
  pg_buffer_copy(out, "00", 2);
  pg_buffer_put(out, (uint8_t)hex[byte >> 4]);
  pg_buffer_put(out, (uint8_t)hex[byte & 15]);
}

// The general case: some byte needs an escape, or is no ASCII, or the room may not suffice.
static void write_any_string(pg_encoder *e, const char *text, size_t length) {
  const uint8_t *begun = (const uint8_t *)text, *at = begun, *end = begun + length;
  bool all_ascii = true;
  pg_encode_need(e, length + 2);
  pg_buffer_put(e->out, '"');
  for (;;) {
    bool ascii;
    const uint8_t *stop = pg_json_plain(begun, at, end, &ascii);
    all_ascii = all_ascii && ascii;
    pg_encode_need(e, (size_t)(end - at) + 7);  // what is left, one escape and the quote
    pg_buffer_copy(e->out, at, (size_t)(stop - at));
    if (stop == end) break;
    write_escape(e->out, *stop);
    at = stop + 1;
  }
  pg_buffer_put(e->out, '"');
  if (!all_ascii && pg_utf8_valid(begun, length) != length) {
    luaL_error(e->L, "a string is not valid UTF-8; send bytes with perigee.binary(string)");
  }
}

// Where `length` bytes can be written without another look, or NULL.
static inline uint8_t *room_at_hand(const pg_encoder *e, size_t length) {
  const pg_buffer *out = e->out;
  size_t after = out->used + length;
  return after <= e->limit && after <= out->capacity ? out->bytes + out->used : NULL;
}

void pg_encode_string(pg_encoder *e, const char *text, size_t length) {
  uint8_t *at = room_at_hand(e, length + 2);
  if (at == NULL || !pg_copy_plain(at + 1, (const uint8_t *)text, length)) {
    write_any_string(e, text, length);
    return;
  }
  at[0] = at[length + 1] = '"';
  e->out->used += length + 2;
}

void pg_encode_name(pg_encoder *e, char before, const char *text, size_t length) {
  uint8_t *at = room_at_hand(e, length + 4);
  if (at == NULL || !pg_copy_plain(at + 2, (const uint8_t *)text, length)) {
    pg_encode_byte(e, before);
    write_any_string(e, text, length);
    pg_encode_byte(e, ':');
    return;
  }
  at[0] = (uint8_t)before;
  at[1] = at[length + 2] = '"';
  at[length + 3] = ':';
  e->out->used += length + 4;
}
