// JSON text to Lua values. Containers are gathered on the Lua stack first, so that their table is
// made with the right size; big ones in portions.
#include "json.h"

// Values that wait on the stack before they go into their table.
#define PORTION 32

pg_decoder pg_decode_begin(lua_State *L, pg_host *host, const void *text, size_t length) {
  const uint8_t *start = text;
  return (pg_decoder){.L = L,
                      .host = host,
                      .at = start,
                      .end = start + length,
                      .start = start,
                      .input = &host->input,
                      .depth = host->limits.json_depth,
                      .attachments = false};
}

bool pg_decode_fail(pg_decoder *d, const char *error) {
  d->error = error;
  return false;
}

void pg_decode_space(pg_decoder *d) {
  while (d->at < d->end && (*d->at == ' ' || *d->at == '\n' || *d->at == '\r' || *d->at == '\t')) {
    d->at++;
  }
}

bool pg_decode_finished(pg_decoder *d) {
  pg_decode_space(d);
  return d->at == d->end || pg_decode_fail(d, "text after the end of the value");
}

static bool literal(pg_decoder *d, const char *word, size_t length) {
  if ((size_t)(d->end - d->at) < length || memcmp(d->at, word, length) != 0) {
    return pg_decode_fail(d, "unexpected character");
  }
  d->at += length;
  return true;
}

static bool enter(pg_decoder *d) {
  if (d->depth-- <= 0) return pg_decode_fail(d, "nested too deeply");
  pg_check_interrupt(d->L, d->host);
  luaL_checkstack(d->L, 2 * PORTION + 8, "JSON");
  d->at++;
  pg_decode_space(d);
  return true;
}

// Reads `,` (true) or the closing bracket (false); `*good` is false when it is neither.
static bool another(pg_decoder *d, uint8_t close, bool *good) {
  pg_decode_space(d);
  *good = d->at < d->end && (*d->at == ',' || *d->at == close);
  if (!*good) {
    pg_decode_fail(d, d->at == d->end ? "the text ends too early" : "expected a comma or the end");
    return false;
  }
  bool comma = *d->at++ == ',';
  if (comma) pg_decode_space(d);
  return comma;
}

static bool closes(pg_decoder *d, uint8_t close) {
  if (d->at == d->end || *d->at != close) return false;
  d->at++;
  return true;
}

// Moves `count` values from the stack into the array below them, made on the first call.
// stack: [table] v1 … vn → table
static void flush_array(pg_decoder *d, lua_Integer first, int count, bool last) {
  lua_State *L = d->L;
  if (first == 1) {
    lua_createtable(L, last ? count : 4 * count, 0);
    lua_insert(L, -count - 1);
  }
  for (int i = count; i > 0; i--) lua_rawseti(L, -i - 1, first + i - 1);
}

static bool decode_array(pg_decoder *d) {
  if (!enter(d)) return false;
  lua_State *L = d->L;
  lua_Integer first = 1;
  int count = 0;
  if (!closes(d, ']')) {
    bool good = true;
    do {
      if (count == PORTION) {
        flush_array(d, first, count, false);
        first += count;
        count = 0;
      }
      if (!pg_decode_value(d)) return false;
      count++;
    } while (another(d, ']', &good));
    if (!good) return false;
  }
  flush_array(d, first, count, true);
  pg_mark_array(L, d->host);
  d->depth++;
  return true;
}

// stack: [table] k1 v1 … kn vn → table
static void flush_object(pg_decoder *d, bool first, int count, bool last) {
  lua_State *L = d->L;
  if (first) {
    lua_createtable(L, 0, last ? count : 4 * count);
    lua_insert(L, -2 * count - 1);
  }
  int table = lua_gettop(L) - 2 * count;
  if (count == 1) {
    lua_rawset(L, table);
    return;
  }
  // From the first pair on: of equal keys the last one counts.
  for (int i = 0; i < count; i++) {
    lua_pushvalue(L, table + 2 * i + 1);
    lua_pushvalue(L, table + 2 * i + 2);
    lua_rawset(L, table);
  }
  lua_settop(L, table);
}

static bool decode_member(pg_decoder *d, bool *placeholder) {
  const uint8_t *key;
  size_t length;
  if (!pg_decode_bytes(d, &key, &length)) return false;
  if (length == 12 && memcmp(key, "_placeholder", 12) == 0) *placeholder = d->attachments;
  lua_pushlstring(d->L, (const char *)key, length);
  pg_decode_space(d);
  if (d->at == d->end || *d->at != ':') return pg_decode_fail(d, "expected a colon");
  d->at++;
  pg_decode_space(d);
  return pg_decode_value(d);
}

// Puts the binary in the place of its placeholder. stack: … table → … binary
static bool replace_placeholder(pg_decoder *d) {
  lua_State *L = d->L;
  lua_getfield(L, -1, "_placeholder");
  lua_getfield(L, -2, "num");
  const pg_input *input = d->input;
  lua_Integer number = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
  bool valid = lua_isboolean(L, -2) && lua_toboolean(L, -2) && number >= 0 &&
               (uint64_t)number < input->count;
  lua_pop(L, 3);
  if (!valid) return pg_decode_fail(d, "a placeholder names no attachment");
  pg_span span = input->spans[number];
  pg_push_binary(L, d->host, input->blobs.bytes + span.offset, span.length);
  return true;
}

static bool decode_object(pg_decoder *d) {
  if (!enter(d)) return false;
  bool first = true, placeholder = false;
  int count = 0;
  if (!closes(d, '}')) {
    bool good = true;
    do {
      if (count == PORTION) {
        flush_object(d, first, count, false);
        first = false;
        count = 0;
      }
      if (!decode_member(d, &placeholder)) return false;
      count++;
    } while (another(d, '}', &good));
    if (!good) return false;
  }
  flush_object(d, first, count, true);
  d->depth++;
  return !placeholder || replace_placeholder(d);
}

bool pg_decode_value(pg_decoder *d) {
  if (d->at == d->end) return pg_decode_fail(d, "the text ends too early");
  switch (*d->at) {
    case '"': {
      const uint8_t *bytes;
      size_t length;
      if (!pg_decode_bytes(d, &bytes, &length)) return false;
      lua_pushlstring(d->L, (const char *)bytes, length);
      return true;
    }
    case '{': return decode_object(d);
    case '[': return decode_array(d);
    case 't':
      lua_pushboolean(d->L, 1);
      return literal(d, "true", 4);
    case 'f':
      lua_pushboolean(d->L, 0);
      return literal(d, "false", 5);
    case 'n':
      pg_push_null(d->L);
      return literal(d, "null", 4);
    default: return pg_decode_number(d);
  }
}

int pg_decode_arguments(pg_decoder *d, bool first_read) {
  lua_State *L = d->L;
  bool good = true;
  if (!first_read) {
    pg_decode_space(d);
    if (d->at == d->end || *d->at != '[') return pg_decode_fail(d, "expected an array"), -1;
    d->at++;
    pg_decode_space(d);
    if (closes(d, ']')) return pg_decode_finished(d) ? 0 : -1;
  } else if (!another(d, ']', &good)) {
    return good && pg_decode_finished(d) ? 0 : -1;
  }
  int count = 0;
  do {
    if (count % 8 == 0) luaL_checkstack(L, 16, "too many arguments");
    if (!pg_decode_value(d)) return -1;
    if (pg_is_null(L, -1)) {
      lua_pop(L, 1);
      lua_pushnil(L);
    }
    count++;
  } while (another(d, ']', &good));
  return good && pg_decode_finished(d) ? count : -1;
}
