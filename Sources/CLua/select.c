// Who a target reaches now: the clients that are let in, each once.
#include "rooms.h"
#include "send.h"

typedef struct selection {
  pg_host *host;
  const pg_namespace *ns;
  uint64_t stamp;  // marks who is selected, or not to be selected
  pg_socket **sockets;
  size_t count;
} selection;

static void add(selection *s, pg_socket *socket) {
  if (socket->stamp == s->stamp || socket->state != PG_ACCEPTED) return;
  socket->stamp = s->stamp;
  s->sockets[s->count++] = socket;
}

static void spare(selection *s, pg_socket *socket) { socket->stamp = s->stamp; }

static pg_socket *socket_by_id(const selection *s, const char *id, size_t length) {
  pg_named *found = pg_names_find(&s->host->names, &s->ns->sockets, id, length);
  return found != NULL ? pg_socket_of_name(found) : NULL;
}

// Calls `action` for the members of each room in the list at `names`; a client's id is a room too.
static void each_member(lua_State *L, selection *s, int names,
                        void (*action)(selection *, pg_socket *)) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, names);
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length;
    pg_check_interrupt(L, s->host);
    lua_rawgeti(L, names, i);
    const char *name = lua_tolstring(L, -1, &length);
    const pg_room *room = pg_room_find(s->host, s->ns, name, length);
    for (pg_member *m = room != NULL ? room->members : NULL; m != NULL; m = m->next) {
      action(s, m->socket);
    }
    pg_socket *socket = socket_by_id(s, name, length);
    if (socket != NULL) action(s, socket);
    lua_pop(L, 1);
  }
}

// How many sockets the rooms of the list at `names` have at most.
static size_t most(lua_State *L, const selection *s, int names) {
  size_t total = 0;
  lua_Integer count = (lua_Integer)lua_rawlen(L, names);
  for (lua_Integer i = 1; i <= count && total < s->ns->socket_count; i++) {
    size_t length;
    lua_rawgeti(L, names, i);
    const char *name = lua_tolstring(L, -1, &length);
    const pg_room *room = pg_room_find(s->host, s->ns, name, length);
    total += room != NULL ? room->count + 1 : 1;
    lua_pop(L, 1);
  }
  return total < s->ns->socket_count ? total : s->ns->socket_count;
}

pg_socket **pg_select(lua_State *L, const pg_reach *reach, int rooms, int excepted,
                      size_t *count) {
  pg_host *host = pg_host_of(L);
  selection s = {.host = host, .ns = reach->ns, .stamp = ++host->stamp};
  bool everybody = lua_rawlen(L, rooms) == 0;
  size_t capacity = everybody ? reach->ns->socket_count : most(L, &s, rooms);
  s.sockets = lua_newuserdatauv(L, (capacity + 1) * sizeof(pg_socket *), 0);
  pg_socket *left_out = pg_socket_find(host, reach->left_out);
  if (left_out != NULL) spare(&s, left_out);
  each_member(L, &s, excepted, spare);
  if (!everybody) each_member(L, &s, rooms, add);
  for (pg_socket *at = everybody ? reach->ns->sockets : NULL; at != NULL; at = at->next) {
    add(&s, at);
  }
  *count = s.count;
  return s.sockets;
}
