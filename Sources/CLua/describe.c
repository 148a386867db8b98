// What clients are like, for the scripts of other nodes: written as JSON text straight from the records.
#include "ask.h"
#include "json.h"
#include "rooms.h"

typedef struct field {
  pg_encoder *encoder;
  char before;
} field;

// stack: field key value
static int write_field(lua_State *L) {
  const field *field = lua_touserdata(L, 1);
  pg_encoder encoder = *field->encoder;
  encoder.L = L;
  luaL_checkstack(L, 64, "session");
  pg_encode_member(&encoder, field->before, false);
  return 0;
}

// Writes the fields of the session that are JSON; others stay on their node. stack: unchanged
static void write_session(pg_encoder *e, const pg_session *session) {
  lua_State *L = e->L;
  field field = {e, '{'};
  if (session->table != LUA_NOREF) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, session->table);
    lua_pushnil(L);
    while (lua_next(L, -2)) {  // stack: … session key value
      size_t before = e->out->used;
      lua_pushcfunction(L, write_field);
      lua_pushlightuserdata(L, &field);
      lua_pushvalue(L, -4);
      lua_pushvalue(L, -4);
      if (lua_pcall(L, 3, 0, 0) == LUA_OK) {
        field.before = ',';
      } else {
        e->out->used = before;
        lua_pop(L, 1);
      }
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  if (field.before == '{') pg_encode_byte(e, '{');
  pg_encode_byte(e, '}');
}

static void write_rooms(pg_encoder *e, const pg_socket *socket) {
  char before = '[';
  for (const pg_member *at = socket->rooms; at != NULL; at = at->next_of_socket) {
    const pg_room *room = at->room;
    size_t length = room->named.length;
    if (pg_utf8_valid((const uint8_t *)room->name, length) != length) continue;
    pg_encode_byte(e, before);
    pg_encode_string(e, room->name, length);
    before = ',';
  }
  if (before == '[') pg_encode_byte(e, '[');
  pg_encode_byte(e, ']');
}

static void write_handshake(pg_encoder *e, const pg_socket *socket) {
  pg_host *host = e->host;
  pg_buffer *text = &host->query_text;
  text->used = 0;
  bool is_known = host->query(host->query_context, socket->handle, text);
  const void *bytes = is_known ? (const void *)text->bytes : "{}";
  size_t length = is_known ? text->used : 2;
  pg_encode_need(e, length);
  pg_buffer_copy(e->out, bytes, length);
}

static void write_client(pg_encoder *e, const pg_socket *socket) {
  pg_encode_name(e, '{', "id", 2);
  pg_encode_string(e, socket->id, strlen(socket->id));
  pg_encode_name(e, ',', "namespace", 9);
  pg_encode_string(e, socket->ns->name, socket->ns->length);
  pg_encode_name(e, ',', "rooms", 5);
  write_rooms(e, socket);
  pg_encode_name(e, ',', "session", 7);
  write_session(e, socket->session);
  pg_encode_name(e, ',', "handshake", 9);
  write_handshake(e, socket);
  pg_encode_byte(e, '}');
}

typedef struct clients {
  const uint64_t *sockets;
  size_t count;
  uint64_t question;
  bool is_last;
} clients;

// stack: clients
static int describe(lua_State *L) {
  pg_host *host = pg_host_of(L);
  const clients *clients = lua_touserdata(L, 1);
  pg_draft_begin(&host->outbox);
  pg_encoder e = pg_encode_begin(L, host, &host->outbox.text, host->outbox.text_limit);
  uint32_t start = (uint32_t)e.out->used;
  char before = '[';
  for (size_t i = 0; i < clients->count; i++) {
    const pg_socket *socket = pg_map_get(&host->sockets, clients->sockets[i]);
    if (socket == NULL || socket->state != PG_ACCEPTED) continue;
    pg_encode_byte(&e, before);
    write_client(&e, socket);
    before = ',';
  }
  if (before == '[') pg_encode_byte(&e, '[');
  pg_encode_byte(&e, ']');
  pg_draft_commit(L, &host->outbox,
                  (pg_command){.kind = PG_ANSWER,
                               .number = (int64_t)clients->question,
                               .flag = clients->is_last,
                               .name_space = -1,
                               .body = {start, (uint32_t)e.out->used - start}});
  return 0;
}

void pg_describe(pg_host *host, uint64_t question, const uint64_t *sockets, size_t count,
                 bool is_last) {
  clients clients = {sockets, count, question, is_last};
  host->interrupt = PG_RUNNING;
  pg_outbox_begin_run(&host->outbox, host->limits.outbox_bytes);
  if (!pg_protected(host, describe, &clients)) pg_answer_failed(host, question, "too large");
}
