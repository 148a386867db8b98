#include "presence.h"

#include <stdio.h>

#include "node.h"
#include "send.h"
#include "socket.h"

// How a client stands to a channel: what its table of channels holds.
enum { TRACKED = 1, WATCHING = 2 };

// Stack slots of the methods.
enum { CHANNEL = 2, KEY, META };

#define KEEP ((size_t)64 << 10)

static pg_socket *check_client(lua_State *L, const char *method) {
  uint64_t handle = pg_handle_at(L, 1);
  if (handle == 0) luaL_error(L, "call it with a colon: self:%s(...)", method);
  pg_socket *socket = pg_socket_find(pg_host_of(L), handle);
  return socket != NULL && pg_is_open(socket) ? socket : NULL;
}

static const char *check_key(lua_State *L, int index, size_t *length) {
  const char *key = luaL_checklstring(L, index, length);
  pg_check_text(L, "a key", key, *length);
  return key;
}

// Leaves a table of names at the slot META.
static void check_meta(lua_State *L, const pg_host *host) {
  lua_settop(L, META);
  if (lua_isnil(L, META)) {
    lua_newtable(L);
  } else if (pg_is_node(L, host, META)) {
    pg_push_plain(L, META);
  } else {
    luaL_checktype(L, META, LUA_TTABLE);
    lua_pushvalue(L, META);
  }
  lua_replace(L, META);
  lua_pushliteral(L, "ref");
  lua_rawget(L, META);
  if (!lua_isnil(L, -1)) luaL_error(L, "the \"ref\" of a meta is the host's to give");
  lua_pop(L, 1);
}

// How the client stands to the channel.
static lua_Integer standing(lua_State *L, const pg_socket *socket) {
  if (socket->presences == LUA_NOREF) return 0;
  lua_rawgeti(L, LUA_REGISTRYINDEX, socket->presences);
  lua_pushvalue(L, CHANNEL);
  lua_rawget(L, -2);
  lua_Integer flags = lua_tointeger(L, -1);
  lua_pop(L, 2);
  return flags;
}

static void set_standing(lua_State *L, pg_host *host, pg_socket *socket, lua_Integer old,
                         lua_Integer flags) {
  if (flags == old) return;
  if (socket->presences == LUA_NOREF) {
    lua_newtable(L);
    socket->presences = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, socket->presences);
  lua_pushvalue(L, CHANNEL);
  if (flags != 0) {
    lua_pushinteger(L, flags);
  } else {
    lua_pushnil(L);
  }
  lua_rawset(L, -3);
  lua_pop(L, 1);
  socket->presence_count += (flags != 0) - (old != 0);
  socket->tracked_count += (flags & TRACKED) - (old & TRACKED);
  host->tracked_count += (size_t)(flags & TRACKED) - (size_t)(old & TRACKED);
}

static void check_bounds(lua_State *L, const pg_host *host, const pg_socket *socket,
                         lua_Integer old, lua_Integer flags) {
  if (old == 0 && socket->presence_count >= PG_MAX_ROOMS) {
    pg_limit_error(L, "this client is on too many channels already");
  }
  bool is_new = (flags & TRACKED) != 0 && (old & TRACKED) == 0;
  if (is_new && host->tracked_count >= host->limits.presence_entries) {
    pg_limit_error(L, "more clients are present than limits.presence_entries allows");
  }
}

// Begins the command of a method whose arguments are checked.
static pg_command draft(lua_State *L, pg_host *host, const pg_socket *socket, uint8_t kind) {
  if (host->loading != NULL) {
    luaL_error(L, "presence cannot change while the script is being loaded");
  }
  size_t length;
  const char *channel = lua_tolstring(L, CHANNEL, &length);
  pg_draft_begin(&host->outbox);
  return (pg_command){.kind = kind,
                      .socket = socket->handle,
                      .name_space = socket->ns->index,
                      .name = pg_draft_text(L, &host->outbox, channel, length)};
}

static void commit(lua_State *L, pg_host *host, pg_socket *socket, pg_command command,
                   lua_Integer old, lua_Integer flags) {
  pg_draft_check(L, &host->outbox);
  set_standing(L, host, socket, old, flags);
  pg_draft_commit(L, &host->outbox, command);
}

static pg_span draft_meta(lua_State *L, pg_host *host) {
  pg_span meta = pg_encode_text(L, host, META);
  if (host->outbox.text.bytes[meta.offset] != '{') {
    luaL_error(L, "a meta is a table of names and values");
  }
  if (meta.length > host->limits.presence_meta_bytes) {
    char message[96];
    snprintf(message, sizeof message, "a meta has at most %zu bytes (limits.presence_meta_bytes)",
             host->limits.presence_meta_bytes);
    pg_limit_error(L, message);
  }
  return meta;
}

// self:track(channel, key, meta)
int pg_self_track(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_socket *socket = check_client(L, "track");
  size_t length;
  pg_check_name(L, CHANNEL, &length);
  const char *key = check_key(L, KEY, &length);
  check_meta(L, host);
  if (socket == NULL) return 0;
  lua_Integer old = standing(L, socket);
  check_bounds(L, host, socket, old, TRACKED);
  pg_command command = draft(L, host, socket, PG_TRACK);
  command.body = pg_draft_text(L, &host->outbox, key, length);
  command.inner = draft_meta(L, host);
  commit(L, host, socket, command, old, old | TRACKED);
  return 0;
}

// Changes how the client stands to the channel at the slot CHANNEL, if that is a change.
static int change(lua_State *L, const char *method, uint8_t kind, lua_Integer set,
                  lua_Integer clear) {
  pg_host *host = pg_host_of(L);
  pg_socket *socket = check_client(L, method);
  size_t length;
  pg_check_name(L, CHANNEL, &length);
  if (socket == NULL) return 0;
  lua_Integer old = standing(L, socket), flags = (old | set) & ~clear;
  if (flags == old) return 0;
  check_bounds(L, host, socket, old, flags);
  commit(L, host, socket, draft(L, host, socket, kind), old, flags);
  return 0;
}

int pg_self_untrack(lua_State *L) { return change(L, "untrack", PG_UNTRACK, 0, TRACKED); }

int pg_self_watch(lua_State *L) { return change(L, "watch", PG_WATCH, WATCHING, 0); }

int pg_self_unwatch(lua_State *L) { return change(L, "unwatch", PG_UNWATCH, 0, WATCHING); }

int pg_presence(lua_State *L, const pg_namespace *ns, int first) {
  pg_host *host = pg_host_of(L);
  size_t length, key_length = 0;
  const char *channel = pg_check_name(L, first, &length);
  const char *key = lua_isnoneornil(L, first + 1) ? NULL : check_key(L, first + 1, &key_length);
  pg_buffer *text = &host->query_text;
  text->used = 0;
  pg_presence_question question = {.name_space = ns->name,
                                   .channel = channel,
                                   .channel_length = length,
                                   .key = key,
                                   .key_length = key_length};
  if (host->presence == NULL || !host->presence(host->query_context, &question, text)) {
    lua_newtable(L);
    return 1;
  }
  pg_decoder d = pg_decode_begin(L, host, text->bytes, text->used);
  d.depth += 2;  // that of a meta, and what is around it
  if (!pg_decode_value(&d)) luaL_error(L, "who is present is not known: %s", d.error);
  pg_buffer_reset(text, KEEP);
  return 1;
}

void pg_presence_leave(pg_host *host, pg_socket *socket) {
  host->tracked_count -= socket->tracked_count;
  luaL_unref(host->L, LUA_REGISTRYINDEX, socket->presences);
}
