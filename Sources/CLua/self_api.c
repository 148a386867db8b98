// The methods of `self`: what a handler can do with its client.
#include "listen.h"
#include "send.h"

#define DEFAULT_ACK_SECONDS 10.0
#define TIMEOUT_META "perigee.timeout"

// The socket of the `self` at slot 1, NULL when it is gone: then a method does nothing, so that a
// handler that outlives its client needs no checks.
static pg_socket *check_self(lua_State *L, const char *method) {
  uint64_t handle = pg_handle_at(L, 1);
  if (handle == 0) luaL_error(L, "call it with a colon: self:%s(...)", method);
  return pg_socket_find(pg_host_of(L), handle);
}

static pg_socket *check_open(lua_State *L, const char *method) {
  pg_socket *socket = check_self(L, method);
  return pg_is_reachable(socket) ? socket : NULL;
}

// Commits a command that names a room or channel, the one at slot 2.
static void queue_name(lua_State *L, pg_socket *socket, uint8_t kind) {
  pg_outbox *outbox = &pg_host_of(L)->outbox;
  size_t length;
  const char *name = pg_check_name(L, 2, &length);
  pg_draft_begin(outbox);
  pg_span span = pg_draft_text(L, outbox, name, length);
  pg_draft_commit(L, outbox,
                  (pg_command){.kind = kind,
                               .socket = socket->handle,
                               .name_space = socket->ns->index,
                               .name = span});
}

static int self_emit(lua_State *L) {
  pg_socket *socket = check_open(L, "emit");
  pg_host *host = pg_host_of(L);
  size_t length;
  const char *event = pg_check_event(L, 2, &length);
  lua_pushboolean(L, socket != NULL);
  if (socket == NULL) return 1;
  pg_draft_begin(&host->outbox);
  int attachments;
  pg_span body = pg_encode_event(L, host, event, length, 3, lua_gettop(L) - 1, &attachments);
  pg_draft_commit(L, &host->outbox,
                  (pg_command){.kind = PG_EMIT,
                               .socket = socket->handle,
                               .number = -1,
                               .name_space = socket->ns->index,
                               .body = body,
                               .attachment_count = (uint16_t)attachments});
  return 1;
}

static int self_emit_with_ack(lua_State *L) {
  return pg_emit_with_ack(L, check_self(L, "emit_with_ack"), DEFAULT_ACK_SECONDS, 2);
}

// self:timeout(seconds) answers a userdata with the one method emit_with_ack.
typedef struct ack_timeout {
  uint64_t socket;
  double seconds;
} ack_timeout;

static int self_timeout(lua_State *L) {
  check_self(L, "timeout");
  double seconds = luaL_checknumber(L, 2);
  luaL_argcheck(L, seconds > 0 && seconds <= PG_MAX_SECONDS, 2, "seconds above 0 expected");
  ack_timeout *timeout = lua_newuserdatauv(L, sizeof *timeout, 0);
  *timeout = (ack_timeout){pg_handle_at(L, 1), seconds};
  luaL_setmetatable(L, TIMEOUT_META);
  return 1;
}

static int timeout_emit_with_ack(lua_State *L) {
  ack_timeout *timeout = luaL_checkudata(L, 1, TIMEOUT_META);
  pg_socket *socket = pg_socket_find(pg_host_of(L), timeout->socket);
  return pg_emit_with_ack(L, socket, timeout->seconds, 2);
}

// Pushes the set of the socket's rooms. stack: … → … set
static void push_rooms(lua_State *L, pg_socket *socket) {
  if (socket->rooms == LUA_NOREF) {
    lua_newtable(L);
    socket->rooms = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, socket->rooms);
}

static int self_join(lua_State *L) {
  pg_socket *socket = check_open(L, "join");
  size_t length;
  const char *room = pg_check_name(L, 2, &length);
  if (socket == NULL) return 0;
  push_rooms(L, socket);
  lua_pushlstring(L, room, length);
  if (lua_rawget(L, -2) != LUA_TNIL) return 0;
  if (socket->room_count >= PG_MAX_ROOMS) {
    return pg_limit_error(L, "this socket is in too many rooms already");
  }
  lua_pushlstring(L, room, length);
  lua_pushboolean(L, 1);
  lua_rawset(L, -4);
  socket->room_count++;
  queue_name(L, socket, PG_JOIN);
  return 0;
}

static int self_leave(lua_State *L) {
  pg_socket *socket = check_open(L, "leave");
  size_t length;
  const char *room = pg_check_name(L, 2, &length);
  if (socket == NULL) return 0;
  push_rooms(L, socket);
  lua_pushlstring(L, room, length);
  if (lua_rawget(L, -2) == LUA_TNIL) return 0;
  lua_pushlstring(L, room, length);
  lua_pushnil(L);
  lua_rawset(L, -4);
  socket->room_count--;
  queue_name(L, socket, PG_LEAVE);
  return 0;
}

static int self_rooms(lua_State *L) {
  pg_socket *socket = check_self(L, "rooms");
  lua_newtable(L);
  pg_mark_array(L, pg_host_of(L));
  if (socket == NULL || socket->rooms == LUA_NOREF) return 1;
  push_rooms(L, socket);  // stack: … list set
  lua_Integer count = 0;
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -4, ++count);
  }
  lua_pop(L, 1);
  return 1;
}

static const pg_namespace *namespace_of(lua_State *L, const char *method) {
  pg_socket *socket = check_self(L, method);
  return socket != NULL ? socket->ns : pg_running_namespace(L, NULL);
}

static int self_to(lua_State *L) {
  pg_push_target(L, namespace_of(L, "to"), pg_handle_at(L, 1), 2, false);
  return 1;
}

static int self_except(lua_State *L) {
  pg_push_target(L, namespace_of(L, "except"), pg_handle_at(L, 1), 2, true);
  return 1;
}

static int self_broadcast(lua_State *L) {
  pg_broadcast(L, namespace_of(L, "broadcast"), pg_handle_at(L, 1), 0, 0, 2);
  return 0;
}

static int self_publish(lua_State *L) {
  const pg_namespace *ns = namespace_of(L, "publish");
  luaL_checkany(L, 3);
  pg_publish(L, ns, 3);
  return 0;
}

static int self_subscribe(lua_State *L) {
  pg_socket *socket = check_open(L, "subscribe");
  size_t length;
  pg_check_name(L, 2, &length);
  if (socket != NULL) queue_name(L, socket, PG_SUBSCRIBE);
  return 0;
}

static int self_unsubscribe(lua_State *L) {
  pg_socket *socket = check_open(L, "unsubscribe");
  size_t length;
  pg_check_name(L, 2, &length);
  if (socket != NULL) queue_name(L, socket, PG_UNSUBSCRIBE);
  return 0;
}

static int self_error(lua_State *L) {
  pg_socket *socket = check_open(L, "error");
  const char *name = luaL_checkstring(L, 2);
  const char *message = luaL_optstring(L, 3, "");
  lua_settop(L, 4);
  if (socket != NULL) pg_emit_error(L, socket, name, message, lua_isnil(L, 4) ? 0 : 4);
  return 0;
}

static int self_disconnect(lua_State *L) {
  pg_socket *socket = check_open(L, "disconnect");
  if (socket == NULL) return 0;
  pg_outbox *outbox = &pg_host_of(L)->outbox;
  pg_draft_begin(outbox);
  pg_draft_commit(L, outbox,
                  (pg_command){.kind = PG_DISCONNECT,
                               .socket = socket->handle,
                               .flag = lua_toboolean(L, 2),
                               .name_space = socket->ns->index});
  return 0;
}

// A timer for a socket that is gone is never set: its number is one that no timer has.
static int start_timer(lua_State *L, const char *method, bool repeats) {
  pg_socket *socket = check_self(L, method);
  if (socket != NULL && socket->state != PG_CLOSED) return pg_timer_start(L, socket, socket->ns, 2, repeats);
  lua_pushinteger(L, 0);
  return 1;
}

static int self_after(lua_State *L) { return start_timer(L, "after", false); }

static int self_every(lua_State *L) { return start_timer(L, "every", true); }

const luaL_Reg pg_self_methods[] = {{"emit", self_emit},
                                    {"emit_with_ack", self_emit_with_ack},
                                    {"timeout", self_timeout},
                                    {"join", self_join},
                                    {"leave", self_leave},
                                    {"rooms", self_rooms},
                                    {"to", self_to},
                                    {"except", self_except},
                                    {"broadcast", self_broadcast},
                                    {"publish", self_publish},
                                    {"subscribe", self_subscribe},
                                    {"unsubscribe", self_unsubscribe},
                                    {"error", self_error},
                                    {"disconnect", self_disconnect},
                                    {"listen", pg_self_listen},
                                    {"after", self_after},
                                    {"every", self_every},
                                    {NULL, NULL}};

void pg_self_open(lua_State *L) {
  luaL_newmetatable(L, TIMEOUT_META);
  lua_newtable(L);
  lua_pushcfunction(L, timeout_emit_with_ack);
  lua_setfield(L, -2, "emit_with_ack");
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "timeout");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
