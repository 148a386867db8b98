// JSON text to Lua values. Arrays are gathered on the Lua stack first, so that their table is made
// with the right size; big ones in portions. Objects go straight into theirs, made as large as the
// last one that began with the same name.
#include "json.h"

// Values that wait on the stack before they go into their array.
#define PORTION 32
// Stack slots that an object takes for itself: its table, a name, and what a placeholder needs.
#define OBJECT_SLOTS 5
// Members that are expected of an object that begins with an unknown name.
#define SOME_MEMBERS 4

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

void pg_decode_space_slow(pg_decoder *d) {
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
  d->at++;
  pg_decode_space(d);
  return true;
}

static inline bool closes(pg_decoder *d, uint8_t close) {
  if (d->at == d->end || *d->at != close) return false;
  d->at++;
  return true;
}

// Reads `,` (true) or the closing bracket (false); `*good` is false when it is neither.
static inline bool another(pg_decoder *d, uint8_t close, bool *good) {
  pg_decode_space(d);
  *good = true;
  if (d->at < d->end && *d->at == ',') {
    d->at++;
    pg_decode_space(d);
    return true;
  }
  if (closes(d, close)) return false;
  *good = false;
  return pg_decode_fail(
      d, d->at == d->end ? "the text ends too early" : "expected a comma or the end");
}

// Moves `count` values from the top of the stack into the array at `table`, made on the first call.
// stack: … v1 … vn → …
static void flush_array(pg_decoder *d, int table, lua_Integer first, int count, bool last) {
  lua_State *L = d->L;
  if (first == 1) {
    lua_createtable(L, last ? count : 4 * count, 0);
    lua_replace(L, table);
  }
  for (int i = count; i > 0; i--) lua_rawseti(L, table, first + i - 1);
}

static bool decode_array(pg_decoder *d) {
  if (!enter(d)) return false;
  lua_State *L = d->L;
  luaL_checkstack(L, PORTION + OBJECT_SLOTS * (d->depth + 2), "JSON");
  lua_pushnil(L);
  int table = lua_gettop(L);
  lua_Integer first = 1;
  int count = 0;
  if (!closes(d, ']')) {
    bool good = true;
    do {
      if (count == PORTION) {
        flush_array(d, table, first, count, false);
        first += count;
        count = 0;
      }
      if (!pg_decode_value(d)) return false;
      count++;
    } while (another(d, ']', &good));
    if (!good) return false;
  }
  flush_array(d, table, first, count, true);
  pg_mark_array(L, d->host);
  d->depth++;
  return true;
}

static bool read_any_name(pg_decoder *d, pg_read_name *name) {
  const uint8_t *bytes;
  size_t length;
  if (!pg_decode_bytes(d, &bytes, &length)) return false;
  *name = pg_name_find(&d->host->member_names, bytes, length);
  return true;
}

static inline bool read_name(pg_decoder *d, pg_read_name *name, bool *placeholder) {
  if (pg_name_in_block(&d->host->member_names, d->at, d->end, name)) {
    d->at = name->bytes + name->length + 1;
  } else if (!read_any_name(d, name)) {
    return false;
  }
  if (d->attachments && name->length == 12 && memcmp(name->bytes, "_placeholder", 12) == 0) {
    *placeholder = true;
  }
  return true;
}

// Sets the member `name` of the object at `table` to the value that follows.
static inline bool decode_member(pg_decoder *d, int table, const pg_read_name *name) {
  pg_push_name(d->L, &d->host->member_names, d->names, name);
  if (d->at < d->end && *d->at != ':') pg_decode_space(d);
  if (d->at == d->end || *d->at != ':') return pg_decode_fail(d, "expected a colon");
  d->at++;
  pg_decode_space(d);
  if (!pg_decode_value(d)) return false;
  lua_rawset(d->L, table);
  return true;
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
  // Each takes memory of its own: a client that sends one can have one.
  d->binary += span.length;
  if (d->binary > input->blobs.used) return pg_decode_fail(d, "an attachment has several places");
  pg_push_binary(L, d->host, input->blobs.bytes + span.offset, span.length);
  return true;
}

// Reads the members of an object, the first name on; of equal names the last one counts.
// stack: … → … table
static bool decode_members(pg_decoder *d, bool *placeholder) {
  pg_read_name name;
  if (!read_name(d, &name, placeholder)) return false;
  pg_member_name *first = name.slot;
  lua_createtable(d->L, 0, pg_name_is_known(&name) ? first->members : SOME_MEMBERS);
  int table = lua_gettop(d->L);
  int count = 1;
  bool good;
  if (!decode_member(d, table, &name)) return false;
  for (; another(d, '}', &good); count++) {
    if (!read_name(d, &name, placeholder) || !decode_member(d, table, &name)) return false;
  }
  if (first != NULL) {
    first->members = (uint16_t)(count < PG_MOST_EXPECTED ? count : PG_MOST_EXPECTED);
  }
  return good;
}

static bool decode_object(pg_decoder *d) {
  if (!enter(d)) return false;
  bool placeholder = false;
  if (closes(d, '}')) {
    lua_createtable(d->L, 0, 0);
  } else if (!decode_members(d, &placeholder)) {
    return false;
  }
  d->depth++;
  return !placeholder || replace_placeholder(d);
}

static bool decode_inner(pg_decoder *d) {
  return *d->at == '{' ? decode_object(d) : decode_array(d);
}

// The outermost container puts the names' table below itself as long as it is read.
static bool decode_container(pg_decoder *d) {
  if (d->names != 0) return decode_inner(d);
  lua_State *L = d->L;
  luaL_checkstack(L, OBJECT_SLOTS * (d->depth + 2), "JSON");
  lua_rawgeti(L, LUA_REGISTRYINDEX, d->host->member_names.table);
  d->names = lua_gettop(L);
  if (!decode_inner(d)) return false;
  lua_replace(L, d->names);
  d->names = 0;
  return true;
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
    case '{':
    case '[': return decode_container(d);
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
    bool is_null = d->at < d->end && *d->at == 'n';
    if (!pg_decode_value(d)) return -1;
    if (is_null) {
      lua_pop(L, 1);
      lua_pushnil(L);
    }
    count++;
  } while (another(d, ']', &good));
  return good && pg_decode_finished(d) ? count : -1;
}
