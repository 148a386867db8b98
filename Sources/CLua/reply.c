// What a client is told when things do not go its way: error events, refusals, violations.
#include "json.h"
#include "run.h"
#include "socket.h"

static bool concerns_socket(const pg_command *command, uint64_t socket) {
  switch (command->kind) {
    case PG_EMIT:
    case PG_ACK:
    case PG_JOIN:
    case PG_LEAVE:
    case PG_SUBSCRIBE:
    case PG_UNSUBSCRIBE:
    case PG_TRACK:
    case PG_UNTRACK:
    case PG_WATCH:
    case PG_UNWATCH:
    case PG_DISCONNECT: return command->socket == socket;
    default: return false;
  }
}

void pg_refuse(lua_State *L, pg_run *run, const char *message, int data) {
  pg_host *host = pg_host_of(L);
  pg_outbox *outbox = &host->outbox;
  pg_socket *socket = run->socket;
  if (!pg_run_is_current(run)) return;
  for (size_t i = run->first_command; i < outbox->count; i++) {
    if (concerns_socket(&outbox->commands[i], socket->handle)) outbox->commands[i].kind = PG_NONE;
  }
  socket->state = PG_CLOSED;
  pg_draft_begin(outbox);
  pg_command command = {.kind = PG_REFUSE, .socket = socket->handle, .name_space = -1};
  command.name = pg_draft_text(L, outbox, message, strlen(message));
  if (data != 0) command.body = pg_encode_text(L, host, data);
  pg_draft_commit(L, outbox, command);
}

// Pushes the data of an error event that stands for an ack: the fields of the table at `data` (0:
// none) and, by `event` and `ack`, what went unanswered. Other data stays as it is.
static void push_unanswered(lua_State *L, const pg_run *run, int data) {
  if (data != 0 && (!lua_istable(L, data) || lua_rawlen(L, data) > 0)) {
    lua_pushvalue(L, data);
    return;
  }
  size_t length = strlen(run->label);
  lua_createtable(L, 0, 2);
  lua_pushlstring(L, run->label, pg_utf8_valid((const uint8_t *)run->label, length));
  lua_setfield(L, -2, "event");
  lua_pushinteger(L, run->ack);
  lua_setfield(L, -2, "ack");
  if (data == 0) return;
  lua_pushnil(L);
  while (lua_next(L, data)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

void pg_emit_error(lua_State *L, pg_socket *socket, const char *name, const char *message,
                   int data, int64_t unanswered) {
  pg_host *host = pg_host_of(L);
  if (!pg_is_open(socket)) return;
  luaL_checkstack(L, 8, "error event");
  int first = lua_gettop(L) + 1;
  lua_pushstring(L, name);
  lua_pushstring(L, message);
  if (unanswered >= 0) {
    push_unanswered(L, host->run, data);
  } else if (data != 0) {
    lua_pushvalue(L, data);
  }
  pg_draft_begin(&host->outbox);
  int attachments;
  pg_span body = pg_encode_event(L, host, "error", 5, first, lua_gettop(L), &attachments);
  pg_draft_commit(L, &host->outbox,
                  (pg_command){.kind = PG_EMIT,
                               .socket = socket->handle,
                               .number = -1,
                               .code = unanswered >= 0,
                               .ack = unanswered,
                               .name_space = -1,
                               .body = body,
                               .attachment_count = (uint16_t)attachments});
  lua_settop(L, first - 1);
}

void pg_violation(lua_State *L, pg_socket *socket, const char *what) {
  pg_host *host = pg_host_of(L);
  pg_draft_begin(&host->outbox);
  pg_span name = pg_draft_text(L, &host->outbox, what, strlen(what));
  pg_draft_commit(L, &host->outbox,
                  (pg_command){.kind = PG_VIOLATION,
                               .socket = socket->handle,
                               .name_space = -1,
                               .name = name});
}

int pg_limit_error(lua_State *L, const char *message) {
  pg_host_of(L)->limit_reached = true;
  return luaL_error(L, "%s", message);
}
