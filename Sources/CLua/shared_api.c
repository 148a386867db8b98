// perigee.shared: what the workers of an app have in common. Values are copied in and out; nothing here
// raises while the store is locked.
#include "api.h"
#include "shared.h"

// How often a change is tried again because another worker was faster.
#define MOST_ROUNDS 1000

// Stack slots of `update`.
enum { KEY = 1, CHANGE, OPTIONS, VERSION, RESULT };

// The store of the app.
static pg_shared *shared_of(lua_State *L) {
  pg_shared *shared = pg_host_of(L)->shared;
  if (shared == NULL) luaL_error(L, "there was no memory for the shared store");
  return shared;
}

static const char *check_key(lua_State *L, size_t *length) {
  const char *key = luaL_checklstring(L, KEY, length);
  if (*length == 0 || *length > PG_MAX_SHARED_KEY) {
    luaL_error(L, "a key of the shared store has between 1 and %d bytes", PG_MAX_SHARED_KEY);
  }
  return key;
}

static void check_outcome(lua_State *L, pg_outcome outcome) {
  switch (outcome) {
    case PG_STORED: return;
    case PG_STORE_FULL:
      pg_limit_error(L, "the shared store of this app is full (limits.shared_mb)");
      return;
    case PG_NOT_A_NUMBER: luaL_error(L, "what the key has is no number to add to"); return;
    case PG_STORE_CHANGED:
      luaL_error(L, "the key is changed by others all the time");
      return;
    case PG_NO_MEMORY: luaL_error(L, "not enough memory"); return;
  }
}

// The lifetime that the options at `index` say, in nanoseconds, or else `otherwise`.
static int64_t check_lifetime(lua_State *L, int index, int64_t otherwise) {
  if (lua_isnoneornil(L, index)) return otherwise;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    if (strcmp(name, "ttl") != 0) luaL_error(L, "the one option is ttl, not \"%s\"", name);
    lua_pop(L, 1);
  }
  lua_getfield(L, index, "ttl");
  double seconds = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
  bool is_missing = lua_isnil(L, -1);
  lua_pop(L, 1);
  if (is_missing) return otherwise;
  if (!(seconds > 0 && seconds <= PG_MAX_SECONDS)) {
    luaL_error(L, "ttl must be a number of seconds above 0");
  }
  int64_t lifetime = (int64_t)(seconds * 1e9);
  return lifetime > 0 ? lifetime : 1;
}

// The value at `index` as the store has it; its bytes are valid until the next one is read.
static pg_value encode(lua_State *L, int index) {
  pg_host *host = pg_host_of(L);
  pg_value value = {.kind = PG_VALUE_NONE};
  switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL: return value;
    case LUA_TBOOLEAN:
      value.kind = lua_toboolean(L, index) ? PG_VALUE_TRUE : PG_VALUE_FALSE;
      return value;
    case LUA_TNUMBER:
      value.kind = lua_isinteger(L, index) ? PG_VALUE_INTEGER : PG_VALUE_FLOAT;
      value.integer = lua_isinteger(L, index) ? lua_tointeger(L, index) : 0;
      value.number = lua_tonumber(L, index);
      return value;
    case LUA_TSTRING:
      value.kind = PG_VALUE_STRING;
      value.bytes = (const uint8_t *)lua_tolstring(L, index, &value.length);
      return value;
    default: break;
  }
  pg_buffer *out = &host->shared_bytes;
  pg_buffer_reset(out, PG_SHARED_KEPT);
  pg_encoder e = pg_encode_begin(L, host, out, host->limits.outbox_bytes);
  pg_encode_value(&e, index);
  value.kind = PG_VALUE_JSON;
  value.bytes = out->bytes;
  value.length = out->used;
  return value;
}

// stack: … → … value
static void push(lua_State *L, const pg_value *value) {
  switch (value->kind) {
    case PG_VALUE_NONE: lua_pushnil(L); return;
    case PG_VALUE_FALSE: lua_pushboolean(L, false); return;
    case PG_VALUE_TRUE: lua_pushboolean(L, true); return;
    case PG_VALUE_INTEGER: lua_pushinteger(L, value->integer); return;
    case PG_VALUE_FLOAT: lua_pushnumber(L, value->number); return;
    case PG_VALUE_STRING:
      lua_pushlstring(L, (const char *)value->bytes, value->length);
      return;
    case PG_VALUE_JSON: break;
  }
  pg_decoder d = pg_decode_begin(L, pg_host_of(L), value->bytes, value->length);
  if (!pg_decode_value(&d)) luaL_error(L, "a shared value cannot be read: %s", d.error);
}

// Reads the key in its slot. stack: … → … value
static uint64_t push_current(lua_State *L) {
  pg_host *host = pg_host_of(L);
  size_t length;
  uint64_t version;
  pg_value value;
  const char *key = check_key(L, &length);
  check_outcome(L, pg_shared_get(shared_of(L), key, length, &host->shared_bytes, &value, &version));
  push(L, &value);
  return version;
}

// get(key)
static int api_get(lua_State *L) {
  push_current(L);
  return 1;
}

// set(key, value, options)
static int api_set(lua_State *L) {
  size_t length;
  const char *key = check_key(L, &length);
  luaL_checkany(L, 2);
  lua_settop(L, 3);
  int64_t lifetime = check_lifetime(L, 3, 0);
  pg_value value = encode(L, 2);
  check_outcome(L, pg_shared_put(shared_of(L), key, length, &value, lifetime, NULL));
  return 0;
}

// add(key, n, options)
static int api_add(lua_State *L) {
  size_t length;
  const char *key = check_key(L, &length);
  if (lua_isnoneornil(L, 2)) {
    lua_settop(L, 3);
    lua_pushinteger(L, 1);
    lua_replace(L, 2);
  }
  lua_settop(L, 3);
  if (lua_type(L, 2) != LUA_TNUMBER) luaL_typeerror(L, 2, "number");
  int64_t lifetime = check_lifetime(L, 3, 0);
  pg_value value = encode(L, 2);
  check_outcome(L, pg_shared_add(shared_of(L), key, length, lifetime, &value));
  push(L, &value);
  return 1;
}

// delete(key)
static int api_delete(lua_State *L) {
  size_t length;
  const char *key = check_key(L, &length);
  lua_pushboolean(L, pg_shared_remove(shared_of(L), key, length));
  return 1;
}

// keys(prefix)
static int api_keys(lua_State *L) {
  pg_host *host = pg_host_of(L);
  size_t length;
  const char *prefix = luaL_optlstring(L, 1, "", &length);
  pg_buffer *buffer = &host->shared_bytes;
  check_outcome(L, pg_shared_keys(shared_of(L), prefix, length, buffer));
  lua_newtable(L);
  pg_mark_array(L, host);
  lua_Integer count = 0;
  for (size_t at = 0; at < buffer->used;) {
    size_t size = (size_t)buffer->bytes[at] + 1;
    pg_check_interrupt(L, host);
    lua_pushlstring(L, (const char *)buffer->bytes + at + 1, size);
    lua_rawseti(L, -2, ++count);
    at += 1 + size;
  }
  return 1;
}

static int change_again(lua_State *L, lua_KContext rounds);

// The function has answered. stack: key change options version result
static int changed(lua_State *L, int status, lua_KContext rounds) {
  (void)status;
  size_t length;
  const char *key = check_key(L, &length);
  uint64_t version = (uint64_t)lua_tointeger(L, VERSION);
  int64_t lifetime = check_lifetime(L, OPTIONS, PG_SAME_LIFETIME);
  pg_value value = encode(L, RESULT);
  pg_outcome outcome = pg_shared_put(shared_of(L), key, length, &value, lifetime, &version);
  if (outcome == PG_STORE_CHANGED && rounds < MOST_ROUNDS) return change_again(L, rounds + 1);
  check_outcome(L, outcome);
  return 1;
}

static int change_again(lua_State *L, lua_KContext rounds) {
  lua_settop(L, OPTIONS);
  lua_pushnil(L);
  lua_pushvalue(L, CHANGE);
  uint64_t version = push_current(L);  // stack: key change options nil change value
  lua_pushinteger(L, (lua_Integer)version);
  lua_replace(L, VERSION);
  lua_callk(L, 1, 1, rounds, changed);
  return changed(L, LUA_OK, rounds);
}

// update(key, change, options): what `change` answers, which is given the present value
static int api_update(lua_State *L) {
  size_t length;
  check_key(L, &length);
  luaL_checktype(L, CHANGE, LUA_TFUNCTION);
  lua_settop(L, OPTIONS);
  check_lifetime(L, OPTIONS, PG_SAME_LIFETIME);
  return change_again(L, 0);
}

void pg_push_shared(lua_State *L) {
  static const luaL_Reg functions[] = {{"get", api_get},       {"set", api_set},
                                       {"add", api_add},       {"delete", api_delete},
                                       {"update", api_update}, {"keys", api_keys},
                                       {NULL, NULL}};
  luaL_newlib(L, functions);
}
