// The methods of `self`: what a handler can do with its client.
#include "listen.h"
#include "presence.h"
#include "rooms.h"
#include "send.h"

// The socket of the `self` at slot 1, NULL when it is gone: then a method does nothing, so that a
// handler that outlives its client needs no checks.
static pg_socket *check_self(lua_State *L, const char *method) {
  pg_socket *socket = pg_socket_at_work(L, 1);
  if (socket != NULL) return socket;
  uint64_t handle = pg_handle_at(L, 1);
  if (handle == 0) luaL_error(L, "call it with a colon: self:%s(...)", method);
  return pg_socket_find(pg_host_of(L), handle);
}

static pg_socket *check_open(lua_State *L, const char *method) {
  pg_socket *socket = check_self(L, method);
  return socket != NULL && pg_is_open(socket) ? socket : NULL;
}

// Commits a command that names a channel, the one at slot 2.
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

static int self_emit(lua_State *L) { return pg_emit(L, check_self(L, "emit"), NULL, 2); }

static int self_emit_with_ack(lua_State *L) {
  return pg_emit_with_ack(L, check_self(L, "emit_with_ack"), PG_ACK_SECONDS, false, 2);
}

static int self_timeout(lua_State *L) {
  check_self(L, "timeout");
  pg_push_sending(L, pg_handle_at(L, 1), pg_check_timeout(L, 2), (pg_manner){.key = NULL});
  return 1;
}

static int self_volatile(lua_State *L) {
  check_self(L, "volatile");
  pg_push_sending(L, pg_handle_at(L, 1), PG_ACK_SECONDS, (pg_manner){.is_volatile = true});
  return 1;
}

static int self_latest(lua_State *L) {
  check_self(L, "latest");
  pg_push_sending(L, pg_handle_at(L, 1), PG_ACK_SECONDS, pg_check_latest(L, 2));
  return 1;
}

// Calls `change` for each of the rooms that are named from slot 2 on.
static int change_rooms(lua_State *L, pg_socket *socket,
                        void (*change)(lua_State *, pg_socket *, int)) {
  size_t length;
  int last = lua_gettop(L);
  pg_check_name(L, 2, &length);
  for (int i = 2; i <= last; i++) {
    pg_check_interrupt(L, pg_host_of(L));
    pg_check_name(L, i, &length);
    if (socket != NULL) change(L, socket, i);
  }
  return 0;
}

static int self_join(lua_State *L) { return change_rooms(L, check_open(L, "join"), pg_join); }

static int self_leave(lua_State *L) { return change_rooms(L, check_open(L, "leave"), pg_leave); }

static int self_rooms(lua_State *L) {
  pg_socket *socket = check_self(L, "rooms");
  lua_newtable(L);
  pg_mark_array(L, pg_host_of(L));
  lua_Integer count = 0;
  const pg_member *member = socket != NULL ? socket->rooms : NULL;
  for (; member != NULL; member = member->next_of_socket) {
    lua_pushlstring(L, member->room->name, member->room->named.length);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

static const pg_namespace *namespace_of(lua_State *L, const char *method) {
  pg_socket *socket = check_self(L, method);
  return socket != NULL ? socket->ns : pg_running_namespace(L, NULL);
}

static pg_reach reach_of(lua_State *L, const char *method, bool others_only) {
  return (pg_reach){.ns = namespace_of(L, method),
                    .left_out = others_only ? pg_handle_at(L, 1) : 0};
}

static int self_to(lua_State *L) {
  pg_push_target(L, reach_of(L, "to", true), 2, false);
  return 1;
}

static int self_in_rooms(lua_State *L) {
  pg_push_target(L, reach_of(L, "in_rooms", false), 2, false);
  return 1;
}

static int self_except(lua_State *L) {
  pg_push_target(L, reach_of(L, "except", true), 2, true);
  return 1;
}

static int self_broadcast(lua_State *L) {
  pg_reach reach = reach_of(L, "broadcast", true);
  pg_broadcast(L, &reach, 0, 0, 2);
  return 0;
}

static int self_publish(lua_State *L) {
  const pg_namespace *ns = namespace_of(L, "publish");
  luaL_checkany(L, 3);
  pg_publish(L, ns, 3);
  return 0;
}

static int self_publish_with_ack(lua_State *L) {
  const pg_namespace *ns = namespace_of(L, "publish_with_ack");
  luaL_checkany(L, 3);
  return pg_publish_with_ack(L, ns, 3);
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
  if (socket != NULL) pg_emit_error(L, socket, name, message, lua_isnil(L, 4) ? 0 : 4, -1);
  return 0;
}

static int self_disconnect(lua_State *L) {
  pg_socket *socket = check_open(L, "disconnect");
  if (socket != NULL) pg_queue_disconnect(L, socket, lua_toboolean(L, 2));
  return 0;
}

// A timer for a socket that is gone is never set: its number is one that no timer has.
static int start_timer(lua_State *L, const char *method, bool repeats) {
  pg_socket *socket = check_self(L, method);
  if (socket != NULL && pg_is_present(socket)) {
    return pg_timer_start(L, socket, socket->ns, 2, repeats);
  }
  lua_pushinteger(L, 0);
  return 1;
}

static int self_after(lua_State *L) { return start_timer(L, "after", false); }

static int self_every(lua_State *L) { return start_timer(L, "every", true); }

const luaL_Reg pg_self_methods[] = {{"emit", self_emit},
                                    {"emit_with_ack", self_emit_with_ack},
                                    {"timeout", self_timeout},
                                    {"volatile", self_volatile},
                                    {"latest", self_latest},
                                    {"join", self_join},
                                    {"leave", self_leave},
                                    {"rooms", self_rooms},
                                    {"to", self_to},
                                    {"in_rooms", self_in_rooms},
                                    {"except", self_except},
                                    {"broadcast", self_broadcast},
                                    {"publish", self_publish},
                                    {"publish_with_ack", self_publish_with_ack},
                                    {"subscribe", self_subscribe},
                                    {"unsubscribe", self_unsubscribe},
                                    {"error", self_error},
                                    {"disconnect", self_disconnect},
                                    {"track", pg_self_track},
                                    {"untrack", pg_self_untrack},
                                    {"watch", pg_self_watch},
                                    {"unwatch", pg_self_unwatch},
                                    {"listen", pg_self_listen},
                                    {"after", self_after},
                                    {"every", self_every},
                                    {NULL, NULL}};
