// Questions that only scripts or clients can answer: the acks of clients, and what the handler of an event
// between nodes returns.
#include "ask.h"
#include "dispatch.h"
#include "patterns.h"
#include "prelude.h"
#include "round.h"

// Lets the prelude answer with what came of the round. stack: round
static int report(lua_State *L) {
  pg_round_gathered(L);
  if (!pg_push_hook(L, pg_host_of(L), "report")) return luaL_error(L, "there is no prelude");
  lua_rotate(L, -3, 1);
  lua_call(L, 2, 0);
  return 0;
}

static int gathered(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  return report(L);
}

// Tells the node that asks whose acks are awaited, so that it can name them should this one go.
static void answer_asked(lua_State *L, const pg_round *round) {
  lua_createtable(L, 0, 1);
  lua_createtable(L, (int)round->count, 0);
  pg_mark_array(L, pg_host_of(L));
  for (size_t i = 0; i < round->count; i++) {
    lua_pushstring(L, round->awaited[i].socket->id);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_setfield(L, -2, "asked");
  pg_answer_part(L, lua_gettop(L), false);
  lua_pop(L, 1);
}

// Drafts the event as it came.
static pg_command draft_event(lua_State *L, const pg_namespace *ns) {
  pg_host *host = pg_host_of(L);
  pg_outbox *outbox = &host->outbox;
  const pg_input *input = &host->input;
  pg_draft_begin(outbox);
  pg_command command = {
      .kind = PG_EMIT, .name_space = ns->index, .flag = host->asked.is_volatile};
  command.body = pg_draft_text(L, outbox, input->text, input->length);
  for (size_t i = host->asked.rooms + host->asked.excepted; i < input->count; i++) {
    const pg_span *span = &input->spans[i];
    pg_draft_blob(L, outbox, input->blobs.bytes + span->offset, span->length);
    command.attachment_count++;
  }
  return command;
}

static int gather_body(lua_State *L) {
  pg_host *host = pg_host_of(L);
  double seconds = host->asked.seconds;
  pg_reach reach = {.ns = pg_asked_namespace(host)};
  luaL_checkstack(L, 12, "emit_with_ack");
  size_t count = 0;
  pg_socket **sockets = NULL;
  pg_push_asked_names(L);
  if (reach.ns != NULL) sockets = pg_select(L, &reach, 1, 2, &count);
  pg_round *round = pg_round_push(L, sockets, count);
  lua_insert(L, 1);
  if (count == 0) {
    lua_settop(L, 1);
    return report(L);
  }
  pg_check_suspendable(L, "emit_with_ack");
  answer_asked(L, round);
  pg_round_emit(L, round, draft_event(L, reach.ns));
  lua_settop(L, 1);
  host->run->round = round;
  pg_command sleep = {.kind = PG_SLEEP, .duration = seconds, .name_space = -1};
  pg_draft_begin(&host->outbox);
  return pg_run_suspend(L, PG_WAIT_ROUND, sleep, gathered);
}

void pg_gather(pg_host *host, const pg_asked *asked, const void *event, size_t length) {
  pg_answer_start(host, asked, event, length, "emit_with_ack", gather_body);
}

// stack: results…
static int returned(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_host *host = pg_host_of(L);
  if (host->run->question == 0) return 0;
  int count = lua_gettop(L);
  lua_createtable(L, count, 0);
  pg_mark_array(L, host);
  lua_insert(L, 1);
  for (int i = count; i >= 1; i--) {
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      pg_push_null(L);
    }
    lua_rawseti(L, 1, i);
  }
  pg_answer_part(L, 1, true);
  return 0;
}

static int no_handler(pg_host *host) {
  uint64_t question = host->run->question;
  host->run->question = 0;
  if (question != 0) pg_answer_failed(host, question, "no handler");
  return 0;
}

static int server_body(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_run *run = host->run;
  pg_decoder d = pg_decode_begin(L, host, host->input.text, host->input.length);
  d.attachments = host->input.count > 0;
  pg_decode_space(&d);
  const uint8_t *name;
  size_t length;
  char key[PG_KEY_BYTES];
  if (d.at == d.end || *d.at++ != '[') return no_handler(host);
  pg_decode_space(&d);
  if (!pg_decode_bytes(&d, &name, &length)) return no_handler(host);
  size_t used = pg_handler_key(key, "server_", name, length);
  const pg_script *script =
      run->home != NULL ? pg_script_serving(host->serving, run->home, NULL) : NULL;
  if (used == 0 || script == NULL) return no_handler(host);
  pg_run_label(run, key, used);
  pg_push_handler(L, script, key, used);
  if (lua_isnil(L, -1)) return no_handler(host);
  pg_push_node(L, host->asked.node);
  if (pg_decode_arguments(&d, true) < 0) return luaL_error(L, "%s", d.error);
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, returned);
  return returned(L, LUA_OK, 0);
}

void pg_server_event(pg_host *host, const pg_asked *asked, const void *event, size_t length) {
  pg_answer_start(host, asked, event, length, "server", server_body);
}
