// The built-in handlers of the events `subscribe` and `unsubscribe`, which a script's own
// on_subscribe and on_unsubscribe replace: subscribe_CHANNEL decides what the client may receive.
// A client that names the channel as an object {channel, position} wants positions: the host answers
// its ack.
#include "dispatch.h"
#include "prelude.h"
#include "send.h"

// Stack slots of both: the channel as the client named it; the position that it has, nil when it
// wants none; then the arguments, and at the end the decision.
enum { CHANNEL = 1, POSITION, ARGUMENTS, DECISION = ARGUMENTS };

static const char *channel_argument(lua_State *L, size_t *length) {
  if (lua_type(L, CHANNEL) != LUA_TSTRING) return NULL;
  const char *channel = lua_tolstring(L, CHANNEL, length);
  return pg_is_name(pg_host_of(L), channel, *length) ? channel : NULL;
}

// Moves what an object in the place of the name says to its slots. stack: object → channel position
static bool spread_object(lua_State *L) {
  lua_pushliteral(L, "position");
  lua_rawget(L, CHANNEL);
  if (lua_isnil(L, -1) || pg_is_null(L, -1)) {
    lua_pop(L, 1);
    lua_pushliteral(L, "");
  }
  bool good = lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -1) <= PG_MAX_POSITION;
  lua_insert(L, POSITION);
  lua_pushliteral(L, "channel");
  lua_rawget(L, CHANNEL);
  lua_replace(L, CHANNEL);
  return good;
}

static int refuse(lua_State *L, const char *error, const char *format, const char *channel) {
  lua_pushfstring(L, format, channel);
  pg_run *run = pg_host_of(L)->run;
  pg_emit_error(L, run->socket, error, lua_tostring(L, -1), 0, run->ack);
  return 0;
}

// Remembers under which name the client asked for the channel, for its unsubscribe.
// stack: unchanged; the top holds the channel
static void remember(lua_State *L, pg_socket *socket) {
  if (lua_rawequal(L, CHANNEL, -1) && socket->aliases == LUA_NOREF) return;
  if (socket->aliases == LUA_NOREF) {
    lua_newtable(L);
    socket->aliases = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, socket->aliases);
  lua_pushvalue(L, CHANNEL);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

// The channel that the client's name for it stood for at the last subscribe. stack: … → … channel
static void recall(lua_State *L, pg_socket *socket) {
  if (socket->aliases != LUA_NOREF) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, socket->aliases);
    lua_pushvalue(L, CHANNEL);
    bool found = lua_rawget(L, -2) != LUA_TNIL;
    lua_remove(L, -2);
    if (found) return;
    lua_pop(L, 1);
  }
  lua_pushvalue(L, CHANNEL);
}

// The client's name for the channel means nothing any more. stack: unchanged
static void forget(lua_State *L, pg_socket *socket) {
  if (socket->aliases == LUA_NOREF) return;
  lua_rawgeti(L, LUA_REGISTRYINDEX, socket->aliases);
  lua_pushvalue(L, CHANNEL);
  lua_pushnil(L);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

static pg_span draft_slot(lua_State *L, pg_outbox *outbox, int index) {
  size_t length;
  const char *text = lua_tolstring(L, index, &length);
  return pg_draft_text(L, outbox, text, length);
}

// Queues the command for the channel on top and answers the client's ack, unless the host does.
// `snapshot` is the stack slot of a model's value, or 0.
static int settle(lua_State *L, pg_run *run, uint8_t kind, int snapshot) {
  pg_outbox *outbox = &pg_host_of(L)->outbox;
  size_t length;
  const char *channel = lua_tolstring(L, -1, &length);
  pg_check_text(L, "a channel's name", channel, length);
  pg_draft_begin(outbox);
  pg_command command = {
      .kind = kind, .socket = run->socket->handle, .name_space = run->ns->index, .ack = -1};
  command.name = draft_slot(L, outbox, -1);
  command.flag = !lua_isnil(L, POSITION);
  if (command.flag) {
    command.body = draft_slot(L, outbox, CHANNEL);
    command.inner = draft_slot(L, outbox, POSITION);
    command.ack = run->ack;
  }
  if (snapshot != 0) {
    pg_draft_list(L, outbox, draft_slot(L, outbox, snapshot));
    command.room_count = 1;
  }
  pg_draft_commit(L, outbox, command);
  if (command.flag) return 0;
  lua_pushboolean(L, 1);
  pg_answer(L, run, lua_gettop(L));
  return 0;
}

// stack: channel position [decision] → channel position [the channel that was settled on]
static bool decided(lua_State *L, bool subscribing) {
  int type = lua_gettop(L) >= DECISION ? lua_type(L, DECISION) : LUA_TNIL;
  lua_settop(L, DECISION);
  if (type == LUA_TBOOLEAN && !lua_toboolean(L, DECISION)) {
    refuse(L, subscribing ? "subscription_rejected" : "unsubscription_rejected",
           "the channel \"%s\" was refused", lua_tostring(L, CHANNEL));
    return false;
  }
  if (type == LUA_TSTRING) return true;
  if (type != LUA_TNIL && type != LUA_TBOOLEAN) {
    luaL_error(L, "a channel's name, true, false or nothing is expected here, not a %s",
               lua_typename(L, type));
  }
  lua_settop(L, POSITION);
  if (subscribing) {
    lua_pushvalue(L, CHANNEL);
  } else {
    recall(L, pg_host_of(L)->run->socket);
  }
  return true;
}

static int subscribed(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_run *run = pg_host_of(L)->run;
  if (!pg_run_is_current(run) || !decided(L, true)) return 0;
  remember(L, run->socket);
  return settle(L, run, PG_SUBSCRIBE, 0);
}

static int unsubscribed(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_run *run = pg_host_of(L)->run;
  if (!pg_run_is_current(run) || !decided(L, false)) return 0;
  forget(L, run->socket);
  return settle(L, run, PG_UNSUBSCRIBE, 0);
}

// Pushes the script's function for the channel, or nil. stack: channel … → channel … function
static void push_decision(lua_State *L, pg_host *host, const char *prefix) {
  char key[PG_KEY_BYTES];
  size_t length;
  const char *channel = lua_tolstring(L, CHANNEL, &length);
  size_t used = pg_handler_key(key, prefix, (const uint8_t *)channel, length);
  pg_script *script = pg_socket_script(host, host->run->socket);
  if (used > 0 && script != NULL) {
    pg_push_handler(L, script, key, used);
  } else {
    lua_pushnil(L);
  }
}

// Calls the function on top with self and the client's arguments; what is below them stays.
// stack: channel position arguments… function → channel position decision
static int ask(lua_State *L, pg_host *host, lua_KFunction then) {
  pg_push_self(L, host, host->run->socket);
  lua_rotate(L, ARGUMENTS, 2);  // stack: channel position function self arguments…
  lua_callk(L, lua_gettop(L) - ARGUMENTS, 1, 0, then);
  return then(L, LUA_OK, 0);
}

// Makes room for the position. stack: channel arguments… → channel nil arguments…
static void insert_no_position(lua_State *L) {
  if (lua_gettop(L) < CHANNEL) lua_pushnil(L);
  lua_pushnil(L);
  lua_insert(L, POSITION);
}

// stack: channel position channel-of-the-model | false | nil
static int model_chosen(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_host *host = pg_host_of(L);
  pg_run *run = host->run;
  if (!pg_run_is_current(run)) return 0;
  const char *asked = lua_tostring(L, CHANNEL);
  if (lua_isboolean(L, DECISION)) {
    return refuse(L, "subscription_rejected", "the channel \"%s\" was refused", asked);
  }
  bool known = lua_type(L, DECISION) == LUA_TSTRING && pg_push_hook(L, host, "snapshot");
  if (known) {
    lua_pushvalue(L, DECISION);
    lua_call(L, 1, 1);
    known = lua_type(L, -1) == LUA_TSTRING;
  }
  if (!known) return refuse(L, "channel_not_available", "there is no channel \"%s\"", asked);
  lua_insert(L, DECISION);  // stack: channel position snapshot channel-of-the-model
  remember(L, run->socket);
  return settle(L, run, PG_SUBSCRIBE, DECISION);
}

// Its snapshot comes along whether the client asked for positions or not.
// stack: channel position arguments…
static int subscribe_to_model(lua_State *L, pg_host *host) {
  if (lua_isnil(L, POSITION)) {
    lua_pushliteral(L, "");
    lua_replace(L, POSITION);
  }
  lua_settop(L, ARGUMENTS);
  if (!pg_push_hook(L, host, "subscribe")) lua_pushnil(L);
  lua_insert(L, ARGUMENTS);  // stack: channel position hook asked
  if (lua_isnil(L, ARGUMENTS)) return model_chosen(L, LUA_OK, 0);
  pg_push_self(L, host, host->run->socket);
  lua_pushvalue(L, CHANNEL);
  lua_rotate(L, -3, 2);  // stack: channel position hook self channel asked
  lua_callk(L, 3, 1, 0, model_chosen);
  return model_chosen(L, LUA_OK, 0);
}

int pg_subscribe_event(lua_State *L) {
  pg_host *host = pg_host_of(L);
  size_t length;
  luaL_checkstack(L, 8, "subscribe");
  bool wants_positions = lua_istable(L, CHANNEL), good = true;
  if (wants_positions) {
    good = spread_object(L);
  } else {
    insert_no_position(L);
  }
  const char *channel = channel_argument(L, &length);
  if (channel == NULL) return refuse(L, "channel_not_specified", "no channel was named", "");
  if (!good) {
    return refuse(L, "position_not_valid", "the position for \"%s\" is not a short text", channel);
  }
  if (pg_is_model_channel(channel)) return subscribe_to_model(L, host);
  push_decision(L, host, "subscribe_");
  if (lua_isnil(L, -1)) {
    return refuse(L, "channel_not_available", "there is no channel \"%s\"", channel);
  }
  return ask(L, host, subscribed);
}

int pg_unsubscribe_event(lua_State *L) {
  pg_host *host = pg_host_of(L);
  size_t length;
  insert_no_position(L);
  if (channel_argument(L, &length) == NULL) {
    return refuse(L, "channel_not_specified", "no channel was named", "");
  }
  if (pg_is_model_channel(lua_tostring(L, CHANNEL)) && pg_push_hook(L, host, "unsubscribe")) {
    pg_push_self(L, host, host->run->socket);
    recall(L, host->run->socket);
    lua_call(L, 2, 0);
    lua_pushnil(L);
  } else {
    push_decision(L, host, "unsubscribe_");
  }
  if (!lua_isnil(L, -1)) return ask(L, host, unsubscribed);
  lua_settop(L, POSITION);
  return unsubscribed(L, LUA_OK, 0);
}
