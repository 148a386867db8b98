// The built-in handlers of the events `subscribe` and `unsubscribe`, which a script's own
// on_subscribe and on_unsubscribe replace: subscribe_CHANNEL decides what the client may receive.
#include "dispatch.h"

static const char *channel_argument(lua_State *L, size_t *length) {
  if (lua_type(L, 1) != LUA_TSTRING) return NULL;
  const char *channel = lua_tolstring(L, 1, length);
  return *length > 0 && *length <= PG_MAX_CHANNEL_NAME ? channel : NULL;
}

static int refuse(lua_State *L, const char *error, const char *format, const char *channel) {
  lua_pushfstring(L, format, channel);
  pg_emit_error(L, pg_host_of(L)->run->socket, error, lua_tostring(L, -1), 0);
  return 0;
}

// Remembers under which name the client asked for the channel, for its unsubscribe.
// stack: unchanged; slot 1 holds the name, the top the channel
static void remember(lua_State *L, pg_socket *socket) {
  if (lua_rawequal(L, 1, -1) && socket->aliases == LUA_NOREF) return;
  if (socket->aliases == LUA_NOREF) {
    lua_newtable(L);
    socket->aliases = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, socket->aliases);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

// The channel that the client's name for it stood for at the last subscribe. stack: … → … channel
static void recall(lua_State *L, pg_socket *socket) {
  if (socket->aliases != LUA_NOREF) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, socket->aliases);
    lua_pushvalue(L, 1);
    bool found = lua_rawget(L, -2) != LUA_TNIL;
    lua_remove(L, -2);
    if (found) return;
    lua_pop(L, 1);
  }
  lua_pushvalue(L, 1);
}

static void queue(lua_State *L, pg_run *run, uint8_t kind) {
  pg_host *host = pg_host_of(L);
  size_t length;
  const char *channel = lua_tolstring(L, -1, &length);
  if (length == 0 || length > PG_MAX_CHANNEL_NAME) {
    luaL_error(L, "a channel's name has between 1 and %d bytes", PG_MAX_CHANNEL_NAME);
  }
  if (run->socket->state == PG_CLOSED) return;
  pg_draft_begin(&host->outbox);
  pg_span name = pg_draft_text(L, &host->outbox, channel, length);
  pg_draft_commit(L, &host->outbox,
                  (pg_command){.kind = kind,
                               .socket = run->socket->handle,
                               .name_space = run->ns->index,
                               .name = name});
}

static int answer_true(lua_State *L, pg_run *run) {
  lua_pushboolean(L, 1);
  pg_answer(L, run, lua_gettop(L));
  return 0;
}

// stack: channel [result] → what the decision settled as the channel's name
static bool decided(lua_State *L, bool subscribing) {
  int type = lua_gettop(L) > 1 ? lua_type(L, 2) : LUA_TNIL;
  lua_settop(L, 2);
  if (type == LUA_TBOOLEAN && !lua_toboolean(L, 2)) {
    refuse(L, subscribing ? "subscription_rejected" : "unsubscription_rejected",
           "the channel \"%s\" was refused", lua_tostring(L, 1));
    return false;
  }
  if (type == LUA_TSTRING) return true;
  if (type != LUA_TNIL && type != LUA_TBOOLEAN) {
    luaL_error(L, "a channel's name, true, false or nothing is expected here, not a %s",
               lua_typename(L, type));
  }
  lua_settop(L, 1);
  if (subscribing) {
    lua_pushvalue(L, 1);
  } else {
    recall(L, pg_host_of(L)->run->socket);
  }
  return true;
}

static int subscribed(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_run *run = pg_host_of(L)->run;
  if (!decided(L, true)) return 0;
  remember(L, run->socket);
  queue(L, run, PG_SUBSCRIBE);
  return answer_true(L, run);
}

static int unsubscribed(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_run *run = pg_host_of(L)->run;
  if (!decided(L, false)) return 0;
  queue(L, run, PG_UNSUBSCRIBE);
  return answer_true(L, run);
}

// Pushes the script's function for the channel, or nil. stack: channel … → channel … function
static void push_decision(lua_State *L, pg_host *host, const char *prefix) {
  char key[PG_KEY_BYTES];
  size_t length;
  const char *channel = lua_tolstring(L, 1, &length);
  size_t used = pg_handler_key(key, prefix, (const uint8_t *)channel, length);
  pg_script *script = pg_socket_script(host, host->run->socket);
  if (used > 0 && script != NULL) {
    pg_push_handler(L, script, key, used);
  } else {
    lua_pushnil(L);
  }
}

// Calls the function on top with self and all arguments but the channel's name, which stays below.
// stack: channel arguments… function → channel results…
static int ask(lua_State *L, pg_host *host, lua_KFunction then) {
  pg_push_self(L, host, host->run->socket);
  lua_rotate(L, 2, 2);  // stack: channel function self arguments…
  lua_callk(L, lua_gettop(L) - 2, 1, 0, then);
  return then(L, LUA_OK, 0);
}

int pg_subscribe_event(lua_State *L) {
  pg_host *host = pg_host_of(L);
  size_t length;
  const char *channel = channel_argument(L, &length);
  if (channel == NULL) return refuse(L, "channel_not_specified", "no channel was named", "");
  push_decision(L, host, "subscribe_");
  if (lua_isnil(L, -1)) {
    return refuse(L, "channel_not_available", "there is no channel \"%s\"", channel);
  }
  return ask(L, host, subscribed);
}

int pg_unsubscribe_event(lua_State *L) {
  pg_host *host = pg_host_of(L);
  size_t length;
  if (channel_argument(L, &length) == NULL) {
    return refuse(L, "channel_not_specified", "no channel was named", "");
  }
  push_decision(L, host, "unsubscribe_");
  if (!lua_isnil(L, -1)) return ask(L, host, unsubscribed);
  lua_settop(L, 1);
  return unsubscribed(L, LUA_OK, 0);
}
