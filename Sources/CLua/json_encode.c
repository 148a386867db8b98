// Lua values to JSON text. Reads tables raw, runs no metamethod and so no script; every error names
// what cannot be written and what to use instead.
#include "handshake.h"
#include "json.h"

static void write_literal(pg_encoder *e, const char *word, size_t length) {
  pg_encode_need(e, length);
  pg_buffer_copy(e->out, word, length);
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

// Writes `before"17":` for the integer at `key`.
static void write_number_name(pg_encoder *e, char before, int key) {
  pg_encode_byte(e, before);
  pg_encode_byte(e, '"');
  pg_encode_integer(e, lua_tointeger(e->L, key));
  pg_encode_byte(e, '"');
  pg_encode_byte(e, ':');
}

static int refuse_key(lua_State *L, int key) {
  if (!lua_isinteger(L, key)) {
    return luaL_error(L, "a %s cannot be a key in a JSON object", luaL_typename(L, key));
  }
  return luaL_error(L, "a table with gaps or with both numbers and names as keys is neither a JSON "
                       "array nor an object (at key %d); fill gaps with perigee.null, or mark it "
                       "with json.object", (int)lua_tointeger(L, key));
}

// Writes the pair whose key is at the slot `key`, its value above it.
static void write_member(pg_encoder *e, char before, int key, bool integers_allowed) {
  lua_State *L = e->L;
  if (lua_type(L, key) == LUA_TSTRING) {
    size_t length;
    const char *text = lua_tolstring(L, key, &length);
    pg_encode_name(e, before, text, length);
  } else if (integers_allowed && lua_isinteger(L, key)) {
    write_number_name(e, before, key);
  } else {
    refuse_key(L, key);
  }
  pg_encode_value(e, key + 1);
}

void pg_encode_member(pg_encoder *e, char before, bool integers_allowed) {
  write_member(e, before, lua_gettop(e->L) - 1, integers_allowed);
}

// Writes the pairs from the one on top on, which lua_next left there. stack: … key value → …
static void write_members(pg_encoder *e, int index, bool integers_allowed) {
  lua_State *L = e->L;
  int key = lua_gettop(L) - 1;
  char before = '{';
  do {
    write_member(e, before, key, integers_allowed);
    before = ',';
    lua_settop(L, key);
  } while (lua_next(L, index));
  pg_encode_byte(e, '}');
}

static void write_object(pg_encoder *e, int index, bool integers_allowed) {
  lua_pushnil(e->L);
  if (lua_next(e->L, index)) {
    write_members(e, index, integers_allowed);
  } else {
    write_literal(e, "{}", 2);
  }
}

lua_Integer pg_entries(lua_State *L, int index) {
  lua_Integer count = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    count++;
  }
  return count;
}

// Writes the values first…length, which are known to be all there is behind those that are written.
static void write_values(pg_encoder *e, int index, lua_Integer first, lua_Integer length) {
  lua_State *L = e->L;
  int value = lua_gettop(L) + 1;
  if (first == 1) pg_encode_byte(e, '[');
  for (lua_Integer i = first; i <= length; i++) {
    if (i > 1) pg_encode_byte(e, ',');
    lua_rawgeti(L, index, i);
    pg_encode_value(e, value);
    lua_settop(L, value - 1);
  }
  pg_encode_byte(e, ']');
}

// Writes an array in one pass if its keys come as 1, 2, 3…, as those of most arrays do; otherwise stops
// behind those that do, each of which is written once however deep it is. Answers the position where it
// stopped, 0 at the end. stack: … key value (of the first lua_next) → …
static lua_Integer write_sequence(pg_encoder *e, int index) {
  lua_State *L = e->L;
  int key = lua_gettop(L) - 1;
  lua_Integer expected = 1;
  char before = '[';
  do {
    int integer;
    if (lua_tointegerx(L, key, &integer) != expected || !integer) {
      lua_settop(L, key - 1);
      return expected;
    }
    expected++;
    pg_encode_byte(e, before);
    before = ',';
    pg_encode_value(e, key + 1);
    lua_settop(L, key);
  } while (lua_next(L, index));
  pg_encode_byte(e, ']');
  return 0;
}

void pg_encode_array(pg_encoder *e, int index) {
  lua_State *L = e->L;
  lua_pushnil(L);
  if (!lua_next(L, index)) {
    write_literal(e, "[]", 2);
    return;
  }
  lua_Integer stop = write_sequence(e, index);
  if (stop == 0) return;
  lua_Integer length = (lua_Integer)lua_rawlen(L, index);
  if (pg_entries(L, index) != length) {
    luaL_error(L, "an array has gaps or keys that are not numbers; fill gaps with perigee.null");
  }
  write_values(e, index, stop, length);
}

// An unmarked table is an array when its entries are exactly 1…n and there is at least one.
static void write_unmarked(pg_encoder *e, int index) {
  lua_State *L = e->L;
  lua_pushnil(L);
  if (!lua_next(L, index)) {
    write_literal(e, "{}", 2);
  } else if (lua_type(L, -2) == LUA_TSTRING) {
    write_members(e, index, false);
  } else {
    lua_Integer stop = write_sequence(e, index);
    if (stop == 0) return;
    lua_Integer length = (lua_Integer)lua_rawlen(L, index);
    if (length > 0 && pg_entries(L, index) == length) {
      write_values(e, index, stop, length);
    } else {
      // Where something is written already, its key is none of an object: this raises.
      write_object(e, index, false);
    }
  }
}

static const void *metatable_of(lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return NULL;
  const void *meta = lua_topointer(L, -1);
  lua_pop(L, 1);
  return meta;
}

static void write_table(pg_encoder *e, int index) {
  const pg_host *host = e->host;
  if (e->depth-- <= 0) luaL_error(e->L, "a table is nested too deeply for JSON, or contains itself");
  pg_check_interrupt(e->L, host);
  const void *meta = metatable_of(e->L, index);
  if (meta == NULL) {
    write_unmarked(e, index);
  } else if (meta == host->array_meta) {
    pg_encode_array(e, index);
  } else if (meta == host->object_meta) {
    write_object(e, index, true);
  } else if (meta == host->binary_meta) {
    write_binary(e, index);
  } else if (meta == host->node_meta) {
    pg_encode_node(e, index);
  } else {
    if (meta == host->handshake_meta) pg_handshake_fill(e->L, index);
    write_unmarked(e, index);
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

pg_encoder pg_encode_begin(lua_State *L, pg_host *host, pg_buffer *out, size_t limit) {
  // Each level of nesting holds a key, a value and sometimes a metatable or a content on the stack.
  luaL_checkstack(L, 5 * host->limits.json_depth + 16, "JSON");
  return (pg_encoder){
      .L = L, .host = host, .out = out, .limit = limit, .depth = host->limits.json_depth};
}
