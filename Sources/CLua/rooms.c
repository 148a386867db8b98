// The index of rooms. Its records count as memory of the app.
#include "rooms.h"

#include "send.h"

// The scope of a namespace's rooms in the index of names.
static const void *scope(const pg_namespace *ns) { return &ns->rooms; }

pg_room *pg_room_find(const pg_host *host, const pg_namespace *ns, const char *name,
                      size_t length) {
  return (pg_room *)pg_names_find(&host->names, scope(ns), name, length);
}

// NULL when there is no memory even after a collection.
static void *take(lua_State *L, pg_host *host, size_t bytes) {
  void *block = pg_allocate(&host->memory, NULL, 0, bytes);
  if (block != NULL) return block;
  lua_gc(L, LUA_GCCOLLECT);
  return pg_allocate(&host->memory, NULL, 0, bytes);
}

static void give(pg_host *host, void *block, size_t bytes) {
  pg_allocate(&host->memory, block, bytes, 0);
}

static size_t room_bytes(size_t length) { return sizeof(pg_room) + length; }

static pg_room *make_room(lua_State *L, pg_host *host, pg_namespace *ns, const char *name,
                          size_t length) {
  pg_room *room = take(L, host, room_bytes(length));
  if (room == NULL) return NULL;
  *room = (pg_room){.ns = ns, .next = ns->rooms, .link = &ns->rooms};
  memcpy(room->name, name, length);
  if (!pg_names_add(&host->names, &room->named, scope(ns), room->name, length)) {
    give(host, room, room_bytes(length));
    return NULL;
  }
  if (room->next != NULL) room->next->link = &room->next;
  ns->rooms = room;
  return room;
}

static void free_room(pg_host *host, pg_room *room) {
  *room->link = room->next;
  if (room->next != NULL) room->next->link = room->link;
  pg_names_remove(&host->names, &room->named);
  give(host, room, room_bytes(room->named.length));
}

// The link that leads to the socket's membership in the room; NULL behind it when there is none.
static pg_member **find_member(pg_socket *socket, const pg_room *room) {
  pg_member **at = &socket->rooms;
  while (*at != NULL && (*at)->room != room) at = &(*at)->next_of_socket;
  return at;
}

static bool add_member(lua_State *L, pg_host *host, pg_room *room, pg_socket *socket) {
  pg_member *member = take(L, host, sizeof *member);
  if (member == NULL) return false;
  *member = (pg_member){.room = room,
                        .socket = socket,
                        .next = room->members,
                        .link = &room->members,
                        .next_of_socket = socket->rooms};
  if (member->next != NULL) member->next->link = &member->next;
  room->members = member;
  room->count++;
  socket->rooms = member;
  socket->room_count++;
  return true;
}

// Takes out the membership behind the link, and the room with its last one.
static void remove_member(pg_host *host, pg_member **at) {
  pg_member *member = *at;
  *at = member->next_of_socket;
  *member->link = member->next;
  if (member->next != NULL) member->next->link = member->link;
  member->socket->room_count--;
  if (--member->room->count == 0) free_room(host, member->room);
  give(host, member, sizeof *member);
}

// Drafts a command that names a room. Whatever can go wrong with it does so now.
static pg_command draft(lua_State *L, pg_socket *socket, uint8_t kind, const char *name,
                        size_t length) {
  pg_host *host = pg_host_of(L);
  if (host->loading != NULL) luaL_error(L, "rooms cannot change while the script is being loaded");
  pg_draft_begin(&host->outbox);
  pg_span span = pg_draft_text(L, &host->outbox, name, length);
  pg_draft_check(L, &host->outbox);
  return (pg_command){
      .kind = kind, .socket = socket->handle, .name_space = socket->ns->index, .name = span};
}

void pg_join(lua_State *L, pg_socket *socket, int index) {
  pg_host *host = pg_host_of(L);
  size_t length;
  const char *name = pg_check_name(L, index, &length);
  pg_room *room = pg_room_find(host, socket->ns, name, length);
  if (room != NULL && *find_member(socket, room) != NULL) return;
  if (socket->room_count >= PG_MAX_ROOMS) {
    pg_limit_error(L, "this socket is in too many rooms already");
  }
  pg_command command = draft(L, socket, PG_JOIN, name, length);
  if (room == NULL) room = make_room(L, host, socket->ns, name, length);
  if (room == NULL || !add_member(L, host, room, socket)) {
    if (room != NULL && room->count == 0) free_room(host, room);
    luaL_error(L, "not enough memory");
  }
  pg_draft_commit(L, &host->outbox, command);
}

void pg_leave(lua_State *L, pg_socket *socket, int index) {
  pg_host *host = pg_host_of(L);
  size_t length;
  const char *name = pg_check_name(L, index, &length);
  pg_room *room = pg_room_find(host, socket->ns, name, length);
  pg_member **at = room != NULL ? find_member(socket, room) : NULL;
  if (at == NULL || *at == NULL) return;
  pg_command command = draft(L, socket, PG_LEAVE, name, length);
  remove_member(host, at);
  pg_draft_commit(L, &host->outbox, command);
}

bool pg_rooms_restore(pg_host *host, pg_socket *socket, const char *name, size_t length) {
  pg_room *room = pg_room_find(host, socket->ns, name, length);
  if (room != NULL && *find_member(socket, room) != NULL) return true;
  if (room == NULL) room = make_room(host->L, host, socket->ns, name, length);
  if (room == NULL) return false;
  if (add_member(host->L, host, room, socket)) return true;
  if (room->count == 0) free_room(host, room);
  return false;
}

void pg_rooms_leave(pg_host *host, pg_socket *socket) {
  while (socket->rooms != NULL) remove_member(host, &socket->rooms);
}
