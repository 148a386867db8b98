// A broadcast with acks: one event to each client that a target reaches, and a handler that goes on
// when all have answered or left, or the time is over.
#include "round.h"

#include "send.h"

enum { ANSWERS = 1, IDS };  // user values of a round: lists

pg_awaited *pg_round_awaiting(const pg_socket *socket, int64_t ack) {
  pg_awaited *awaited = socket->awaited;
  while (awaited != NULL && awaited->ack != ack) awaited = awaited->next;
  return awaited;
}

void pg_round_begin(pg_round *round) {
  for (size_t i = 0; i < round->count; i++) {
    pg_awaited *awaited = &round->awaited[i];
    awaited->next = awaited->socket->awaited;
    awaited->link = &awaited->socket->awaited;
    if (awaited->next != NULL) awaited->next->link = &awaited->next;
    awaited->socket->awaited = awaited;
  }
}

static void detach(pg_awaited *awaited) {
  if (awaited->link == NULL) return;
  *awaited->link = awaited->next;
  if (awaited->next != NULL) awaited->next->link = awaited->link;
  awaited->link = NULL;
}

void pg_round_end(pg_round *round) {
  for (size_t i = 0; i < round->count; i++) detach(&round->awaited[i]);
}

// Whether this was the last that the round waited for.
static bool settle(pg_awaited *awaited, int state) {
  detach(awaited);
  awaited->state = state;
  return --awaited->round->waiting == 0;
}

void pg_round_leave(pg_host *host, pg_awaited *awaited) {
  pg_run *run = awaited->round->run;
  if (settle(awaited, PG_LEFT)) pg_run_orphan(host, &run);
}

// Decodes the input and appends { id = …, values = … } to the answers. stack: awaited round
static int keep_answer(lua_State *L) {
  pg_host *host = pg_host_of(L);
  const pg_awaited *awaited = lua_touserdata(L, 1);
  luaL_checkstack(L, 8, "answer");
  lua_getiuservalue(L, 2, ANSWERS);
  lua_getiuservalue(L, 2, IDS);
  lua_createtable(L, 0, 2);  // stack: awaited round answers ids answer
  lua_rawgeti(L, 4, awaited - awaited->round->awaited + 1);
  lua_setfield(L, 5, "id");
  pg_decoder d = pg_decode_begin(L, host, host->input.text, host->input.length);
  d.attachments = host->input.count > 0;
  pg_decode_space(&d);
  bool is_list = d.at < d.end && *d.at == '[';
  if (!is_list || !pg_decode_value(&d) || !pg_decode_finished(&d)) {
    pg_violation(L, awaited->socket, is_list ? d.error : "an ack that is not a JSON array");
    lua_pushboolean(L, 0);
    return 1;
  }
  lua_setfield(L, 5, "values");
  lua_rawseti(L, 3, (lua_Integer)lua_rawlen(L, 3) + 1);
  lua_pushboolean(L, 1);
  return 1;
}

void pg_round_answer(pg_host *host, pg_awaited *awaited) {
  lua_State *L = host->L, *co = awaited->round->run->co;
  pg_outbox_begin_run(&host->outbox, host->limits.outbox_bytes);
  lua_pushcfunction(L, keep_answer);
  lua_pushlightuserdata(L, awaited);
  lua_pushvalue(co, 1);
  lua_xmove(co, L, 1);
  bool kept = lua_pcall(L, 2, 1, 0) == LUA_OK && lua_toboolean(L, -1);
  lua_pop(L, 1);
  host->input.count = 0;
  pg_run *run = awaited->round->run;
  if (settle(awaited, kept ? PG_ANSWERED : PG_LEFT)) pg_run_continue(host, run, PG_ACKED);
}

int pg_round_gathered(lua_State *L) {
  const pg_round *round = lua_touserdata(L, 1);
  lua_settop(L, 1);
  lua_getiuservalue(L, 1, ANSWERS);
  lua_getiuservalue(L, 1, IDS);
  lua_newtable(L);  // stack: round answers ids silent
  pg_mark_array(L, pg_host_of(L));
  lua_Integer silent = 0;
  for (size_t i = 0; i < round->count; i++) {
    const pg_awaited *awaited = &round->awaited[i];
    if (awaited->state == PG_ANSWERED) continue;
    lua_createtable(L, 0, 2);
    lua_rawgeti(L, 3, (lua_Integer)i + 1);
    lua_setfield(L, -2, "id");
    lua_pushstring(L, awaited->state == PG_LEFT ? "disconnected" : "timeout");
    lua_setfield(L, -2, "reason");
    lua_rawseti(L, 4, ++silent);
  }
  lua_remove(L, 3);
  return 2;
}

static int gathered(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return pg_round_gathered(L);
}

pg_round *pg_round_push(lua_State *L, pg_socket **sockets, size_t count) {
  pg_host *host = pg_host_of(L);
  size_t bytes = sizeof(pg_round) + count * sizeof(pg_awaited);
  pg_round *round = lua_newuserdatauv(L, bytes, 2);
  memset(round, 0, bytes);
  round->run = host->run;
  round->count = round->waiting = count;
  lua_newtable(L);
  pg_mark_array(L, host);
  lua_setiuservalue(L, -2, ANSWERS);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    round->awaited[i] =
        (pg_awaited){.socket = sockets[i], .round = round, .ack = host->next_ack++};
    lua_pushstring(L, sockets[i]->id);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setiuservalue(L, -2, IDS);
  return round;
}

void pg_round_emit(lua_State *L, const pg_round *round, pg_command command) {
  pg_outbox *outbox = &pg_host_of(L)->outbox;
  for (size_t i = 0; i < round->count; i++) {
    command.socket = round->awaited[i].socket->handle;
    command.number = round->awaited[i].ack;
    if (i == 0) {
      pg_draft_commit(L, outbox, command);
    } else {
      pg_draft_repeat(L, outbox, command);
    }
  }
}

// stack: unchanged
static void emit_all(lua_State *L, const pg_round *round, const pg_reach *reach, int event,
                     int last) {
  pg_host *host = pg_host_of(L);
  size_t length;
  const char *name = lua_tolstring(L, event, &length);
  pg_draft_begin(&host->outbox);
  int attachments;
  pg_command command = {
      .kind = PG_EMIT, .name_space = reach->ns->index, .flag = reach->manner.is_volatile};
  command.body = pg_encode_event(L, host, name, length, event + 1, last, &attachments);
  command.attachment_count = (uint16_t)attachments;
  pg_round_emit(L, round, command);
}

int pg_broadcast_with_ack(lua_State *L, const pg_reach *reach, int rooms, int excepted,
                          int event) {
  size_t count, length;
  int last = lua_gettop(L);
  pg_check_event(L, event, &length);
  pg_check_suspendable(L, "emit_with_ack");
  luaL_checkstack(L, 8, "emit_with_ack");
  pg_socket **sockets = pg_select(L, reach, rooms, excepted, &count);
  pg_round *round = pg_round_push(L, sockets, count);
  lua_insert(L, 1);
  if (count == 0) return pg_round_gathered(L);
  emit_all(L, round, reach, event + 1, last + 1);
  lua_settop(L, 1);
  pg_host_of(L)->run->round = round;
  pg_command sleep = {.kind = PG_SLEEP, .duration = pg_ack_seconds(reach), .name_space = -1};
  return pg_run_suspend(L, PG_WAIT_ROUND, sleep, gathered);
}
