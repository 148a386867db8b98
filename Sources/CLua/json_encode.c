// Lua values to JSON text. Reads tables raw, runs no metamethod and so no script; every error names
// what cannot be written and what to use instead.
#include "handshake.h"
#include "json.h"

static const char escape_letters[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";
static const char hex[] = "0123456789abcdef";

static inline void need(pg_encoder *e, size_t bytes) {
  if (e->out->used + bytes > e->limit || e->out->capacity - e->out->used < bytes) {
    pg_draft_room(e->L, e->out, e->limit, bytes);
  }
}

void pg_encode_byte(pg_encoder *e, char byte) {
  need(e, 1);
  pg_buffer_put(e->out, (uint8_t)byte);
}

static void write_literal(pg_encoder *e, const char *word, size_t length) {
  need(e, length);
  pg_buffer_copy(e->out, word, length);
}

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

void pg_encode_string(pg_encoder *e, const char *text, size_t length) {
  const uint8_t *at = (const uint8_t *)text;
  const uint8_t *end = at + length;
  bool all_ascii = true;
  need(e, length + 2);
  pg_buffer_put(e->out, '"');
  for (;;) {
    bool ascii;
    const uint8_t *stop = pg_json_plain(at, end, &ascii);
    all_ascii = all_ascii && ascii;
    need(e, (size_t)(end - at) + 7);  // what is left, one escape and the quote
    pg_buffer_copy(e->out, at, (size_t)(stop - at));
    if (stop == end) break;
    write_escape(e->out, *stop);
    at = stop + 1;
  }
  pg_buffer_put(e->out, '"');
  if (!all_ascii && pg_utf8_valid((const uint8_t *)text, length) != length) {
    luaL_error(e->L, "a string is not valid UTF-8; send bytes with perigee.binary(string)");
  }
}

// Writes a binary value as a placeholder and its bytes as an attachment. stack: unchanged
static void write_binary(pg_encoder *e, int index) {
  lua_State *L = e->L;
  if (!e->blobs) luaL_error(L, "a binary value cannot be part of JSON text");
  lua_pushliteral(L, "data");
  lua_rawget(L, index);
  if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "a binary value whose data is not a string");
  size_t length;
  const char *bytes = lua_tolstring(L, -1, &length);
  pg_draft_blob(L, &e->host->outbox, bytes, length);
  lua_pop(L, 1);
  static const char begin[] = "{\"_placeholder\":true,\"num\":";
  write_literal(e, begin, sizeof begin - 1);
  pg_encode_integer(e, e->attachments++);
  pg_encode_byte(e, '}');
}

static void separate(pg_encoder *e, bool *first) {
  if (!*first) pg_encode_byte(e, ',');
  *first = false;
}

// stack: … key value (of lua_next) → unchanged
static void write_member(pg_encoder *e, bool integers_allowed) {
  lua_State *L = e->L;
  int key = lua_gettop(L) - 1;
  if (lua_type(L, key) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, key, &length);
    pg_encode_string(e, text, length);
  } else if (integers_allowed && lua_isinteger(L, key)) {
    pg_encode_byte(e, '"');
    pg_encode_integer(e, lua_tointeger(L, key));
    pg_encode_byte(e, '"');
  } else if (lua_isinteger(L, key)) {
    luaL_error(L, "a table with gaps or with both numbers and names as keys is neither a JSON array "
                  "nor an object (at key %d); fill gaps with perigee.null, or mark it with "
                  "json.object", (int)lua_tointeger(L, key));
  } else {
    luaL_error(L, "a %s cannot be a key in a JSON object", luaL_typename(L, key));
  }
  pg_encode_byte(e, ':');
  pg_encode_value(e, key + 1);
}

static void write_object(pg_encoder *e, int index, bool integers_allowed) {
  lua_State *L = e->L;
  bool first = true;
  pg_encode_byte(e, '{');
  lua_pushnil(L);
  while (lua_next(L, index)) {
    separate(e, &first);
    write_member(e, integers_allowed);
    lua_pop(L, 1);
  }
  pg_encode_byte(e, '}');
}

static lua_Integer entries(lua_State *L, int index) {
  lua_Integer count = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    count++;
  }
  return count;
}

static void write_array(pg_encoder *e, int index) {
  lua_State *L = e->L;
  lua_Integer length = (lua_Integer)lua_rawlen(L, index);
  if (entries(L, index) != length) {
    luaL_error(L, "an array has gaps or keys that are not numbers; fill gaps with perigee.null");
  }
  pg_encode_byte(e, '[');
  for (lua_Integer i = 1; i <= length; i++) {
    if (i > 1) pg_encode_byte(e, ',');
    lua_rawgeti(L, index, i);
    pg_encode_value(e, lua_gettop(L));
    lua_pop(L, 1);
  }
  pg_encode_byte(e, ']');
}

// An unmarked table is an array when its entries are exactly 1…n and there is at least one.
static bool looks_like_array(lua_State *L, int index) {
  lua_pushnil(L);
  if (!lua_next(L, index)) return false;
  bool integer = lua_isinteger(L, -2);
  lua_pop(L, 2);
  if (!integer) return false;
  lua_Integer length = (lua_Integer)lua_rawlen(L, index);
  return length > 0 && entries(L, index) == length;
}

static void write_table(pg_encoder *e, int index) {
  lua_State *L = e->L;
  if (e->depth-- <= 0) luaL_error(L, "a table is nested too deeply for JSON, or contains itself");
  pg_check_interrupt(L, e->host);
  luaL_checkstack(L, 8, "JSON");
  const void *meta = NULL;
  if (lua_getmetatable(L, index)) {
    meta = lua_topointer(L, -1);
    lua_pop(L, 1);
  }
  if (meta != NULL && meta == e->host->handshake_meta) {
    pg_handshake_fill(L, index);
    meta = NULL;
  }
  if (meta == NULL) {
    if (looks_like_array(L, index)) {
      write_array(e, index);
    } else {
      write_object(e, index, false);
    }
  } else if (meta == e->host->array_meta) {
    write_array(e, index);
  } else if (meta == e->host->binary_meta) {
    write_binary(e, index);
  } else if (meta == e->host->object_meta || !looks_like_array(L, index)) {
    write_object(e, index, meta == e->host->object_meta);
  } else {
    write_array(e, index);
  }
  e->depth++;
}

void pg_encode_value(pg_encoder *e, int index) {
  lua_State *L = e->L;
  switch (lua_type(L, index)) {
    case LUA_TNIL: write_literal(e, "null", 4); return;
    case LUA_TBOOLEAN:
      if (lua_toboolean(L, index)) {
        write_literal(e, "true", 4);
      } else {
        write_literal(e, "false", 5);
      }
      return;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        pg_encode_integer(e, lua_tointeger(L, index));
      } else {
        pg_encode_float(e, lua_tonumber(L, index));
      }
      return;
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, index, &length);
      pg_encode_string(e, text, length);
      return;
    }
    case LUA_TTABLE: write_table(e, index); return;
    case LUA_TLIGHTUSERDATA: write_literal(e, "null", 4); return;
    default: luaL_error(L, "a %s has no form in JSON", luaL_typename(L, index));
  }
}

static pg_encoder text_encoder(lua_State *L, pg_host *host) {
  return (pg_encoder){.L = L,
                      .host = host,
                      .out = &host->outbox.text,
                      .limit = host->outbox.text_limit,
                      .depth = host->limits.json_depth,
                      .blobs = true};
}

static pg_span end_array(pg_encoder *e, size_t start, int first, int last, bool continued) {
  luaL_checkstack(e->L, 8, "JSON");
  for (int i = first; i <= last; i++) {
    if (continued || i > first) pg_encode_byte(e, ',');
    pg_encode_value(e, i);
  }
  pg_encode_byte(e, ']');
  return (pg_span){(uint32_t)start, (uint32_t)(e->out->used - start)};
}

pg_span pg_encode_event(lua_State *L, pg_host *host, const char *event, size_t length, int first,
                        int last, int *attachments) {
  pg_encoder e = text_encoder(L, host);
  size_t start = e.out->used;
  pg_encode_byte(&e, '[');
  pg_encode_string(&e, event, length);
  pg_span body = end_array(&e, start, first, last, true);
  *attachments = e.attachments;
  return body;
}

pg_span pg_encode_values(lua_State *L, pg_host *host, int first, int last, int *attachments) {
  pg_encoder e = text_encoder(L, host);
  size_t start = e.out->used;
  pg_encode_byte(&e, '[');
  pg_span body = end_array(&e, start, first, last, false);
  *attachments = e.attachments;
  return body;
}

pg_span pg_encode_text(lua_State *L, pg_host *host, int index) {
  pg_encoder e = text_encoder(L, host);
  e.blobs = false;
  size_t start = e.out->used;
  pg_encode_value(&e, index);
  return (pg_span){(uint32_t)start, (uint32_t)(e.out->used - start)};
}
