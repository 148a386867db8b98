// Events on their way out: to one socket, to a namespace or its rooms, to a channel.
#include "send.h"

#include "dispatch.h"
#include "prelude.h"
#include "round.h"

const char *pg_check_event(lua_State *L, int index, size_t *length) {
  if (lua_type(L, index) != LUA_TSTRING) luaL_typeerror(L, index, "event name");
  const char *event = lua_tolstring(L, index, length);
  if (pg_is_reserved(event, *length)) {
    luaL_error(L, "\"%s\" is a reserved event name and cannot be emitted", event);
  }
  return event;
}

static bool is_composed(const pg_host *host, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if ((text[i] & 0x80) != 0) return host->is_composed == NULL || host->is_composed(text, length);
  }
  return true;
}

bool pg_is_name(const pg_host *host, const char *text, size_t length) {
  return length > 0 && length <= PG_MAX_CHANNEL_NAME &&
         pg_utf8_valid((const uint8_t *)text, length) == length &&
         is_composed(host, text, length);
}

void pg_check_text(lua_State *L, const char *what, const char *text, size_t length) {
  if (pg_is_name(pg_host_of(L), text, length)) return;
  if (length == 0 || length > PG_MAX_CHANNEL_NAME) {
    luaL_error(L, "%s has between 1 and %d bytes", what, PG_MAX_CHANNEL_NAME);
  }
  if (pg_utf8_valid((const uint8_t *)text, length) != length) {
    luaL_error(L, "%s must be valid UTF-8", what);
  }
  luaL_error(L, "%s must be in composed form, as text.normalize(\"NFC\") of a browser makes it",
             what);
}

const char *pg_check_name(lua_State *L, int index, size_t *length) {
  const char *name = luaL_checklstring(L, index, length);
  pg_check_text(L, "a room's or channel's name", name, *length);
  return name;
}

double pg_check_timeout(lua_State *L, int index) {
  double seconds = luaL_checknumber(L, index);
  luaL_argcheck(L, seconds > 0 && seconds <= PG_MAX_SECONDS, index, "seconds above 0 expected");
  return seconds;
}

pg_manner pg_check_latest(lua_State *L, int index) {
  pg_manner manner = {.key = NULL};
  manner.key = luaL_checklstring(L, index, &manner.key_length);
  if (manner.key_length == 0 || manner.key_length > PG_MAX_KEY) {
    luaL_error(L, "a key has between 1 and %d bytes", PG_MAX_KEY);
  }
  return manner;
}

void pg_check_askable(lua_State *L, const pg_manner *manner) {
  if (manner->key == NULL) return;
  luaL_error(L, "what is sent as the latest of a key cannot ask for an ack");
}

pg_manner pg_manner_kept(pg_manner manner, char *room) {
  if (manner.key != NULL) manner.key = memcpy(room, manner.key, manner.key_length);
  return manner;
}

void pg_check_serving(lua_State *L, const char *what) {
  if (pg_host_of(L)->loading == NULL) return;
  luaL_error(L, "%s is not possible while the script is being loaded", what);
}

const pg_namespace *pg_running_namespace(lua_State *L, const pg_namespace *bound) {
  pg_run *run = pg_host_of(L)->run;
  if (bound != NULL && (run == NULL || run->home != bound)) return bound;
  if (run == NULL || run->ns == NULL) luaL_error(L, "no namespace is at work here");
  return run->ns;
}

// The drafted publication of the value at `index` on the channel below it.
static pg_command draft_publication(lua_State *L, const pg_namespace *ns, int index) {
  pg_host *host = pg_host_of(L);
  pg_outbox *outbox = &host->outbox;
  static const char event[] = "pubblication";
  size_t length;
  const char *channel = pg_check_name(L, index - 1, &length);
  if (pg_is_model_channel(channel)) luaL_error(L, "a model publishes on its channel itself");
  pg_draft_begin(outbox);
  pg_command command = {.kind = PG_PUBLISH, .name_space = ns->index};
  command.name = pg_draft_text(L, outbox, channel, length);
  int attachments;
  command.body = pg_encode_event(L, host, event, sizeof event - 1, index, index, &attachments);
  command.attachment_count = (uint16_t)attachments;
  uint32_t before = sizeof "[\"pubblication\"," - 1;
  command.inner = (pg_span){command.body.offset + before, command.body.length - before - 1};
  return command;
}

void pg_publish(lua_State *L, const pg_namespace *ns, int index) {
  pg_draft_commit(L, &pg_host_of(L)->outbox, draft_publication(L, ns, index));
}

// stack: … (of publish_with_ack) → position, or nil and a reason
static int published(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_host *host = pg_host_of(L);
  bool good = host->run->wakeup == PG_ACKED;
  if (!good) lua_pushnil(L);
  lua_pushlstring(L, (const char *)host->input.text, host->input.length);
  return good ? 1 : 2;
}

int pg_publish_with_ack(lua_State *L, const pg_namespace *ns, int index) {
  pg_check_suspendable(L, "publish_with_ack");
  pg_command command = draft_publication(L, ns, index);
  command.flag = true;
  return pg_run_suspend(L, PG_WAIT_PUBLICATION, command, published);
}

uint16_t pg_draft_names(lua_State *L, pg_outbox *outbox, int index) {
  lua_Integer count = index == 0 ? 0 : (lua_Integer)lua_rawlen(L, index);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, index, i);
    size_t length;
    const char *name = lua_tolstring(L, -1, &length);
    pg_draft_list(L, outbox, pg_draft_text(L, outbox, name, length));
    lua_pop(L, 1);
  }
  return (uint16_t)count;
}

// Says in the drafted command how it is sent.
static void draft_manner(lua_State *L, pg_outbox *outbox, const pg_manner *manner,
                         pg_command *command) {
  command->flag = manner->is_volatile || manner->key != NULL;
  if (manner->key == NULL) return;
  command->name = pg_draft_text(L, outbox, manner->key, manner->key_length);
}

int pg_emit(lua_State *L, pg_socket *socket, const pg_manner *manner, int event) {
  pg_host *host = pg_host_of(L);
  size_t length;
  int last = lua_gettop(L);
  const char *name = pg_check_event(L, event, &length);
  bool open = socket != NULL && pg_is_open(socket);
  lua_pushboolean(L, open);
  if (!open) return 1;
  pg_draft_begin(&host->outbox);
  pg_command command = {.kind = PG_EMIT,
                        .socket = socket->handle,
                        .number = -1,
                        .name_space = socket->ns->index};
  if (manner != NULL) draft_manner(L, &host->outbox, manner, &command);
  int attachments;
  command.body = pg_encode_event(L, host, name, length, event + 1, last, &attachments);
  command.attachment_count = (uint16_t)attachments;
  pg_draft_commit(L, &host->outbox, command);
  return 1;
}

void pg_queue_disconnect(lua_State *L, pg_socket *socket, bool close) {
  pg_outbox *outbox = &pg_host_of(L)->outbox;
  pg_draft_begin(outbox);
  pg_draft_commit(L, outbox,
                  (pg_command){.kind = PG_DISCONNECT,
                               .socket = socket->handle,
                               .flag = close,
                               .name_space = socket->ns->index});
  socket->is_ending = true;
}

void pg_broadcast(lua_State *L, const pg_reach *reach, int rooms, int excepted, int event) {
  pg_host *host = pg_host_of(L);
  pg_outbox *outbox = &host->outbox;
  size_t length;
  const char *name = pg_check_event(L, event, &length);
  pg_draft_begin(outbox);
  pg_command command = {
      .kind = PG_BROADCAST, .name_space = reach->ns->index, .socket = reach->left_out};
  draft_manner(L, outbox, &reach->manner, &command);
  int last = lua_gettop(L);
  command.room_count = pg_draft_names(L, outbox, rooms);
  command.except_count = pg_draft_names(L, outbox, excepted);
  int attachments;
  command.body = pg_encode_event(L, host, name, length, event + 1, last, &attachments);
  command.attachment_count = (uint16_t)attachments;
  pg_draft_commit(L, outbox, command);
}

// stack: event arguments… (of emit_with_ack) → acked values, or nil and a reason
static int acked(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_host *host = pg_host_of(L);
  lua_settop(L, 0);
  if (host->run->wakeup == PG_ACKED) {
    pg_decoder d = pg_decode_begin(L, host, host->input.text, host->input.length);
    d.attachments = host->input.count > 0;
    int count = pg_decode_arguments(&d, false);
    if (count >= 0) return count;
    pg_violation(L, host->run->awaited_socket, d.error);
    lua_settop(L, 0);
  }
  lua_pushnil(L);
  lua_pushstring(L, host->run->wakeup == PG_WOKEN ? "timeout" : "disconnected");
  return 2;
}

int pg_emit_with_ack(lua_State *L, pg_socket *socket, double seconds, bool is_volatile, int event) {
  pg_host *host = pg_host_of(L);
  pg_outbox *outbox = &host->outbox;
  size_t length;
  const char *name = pg_check_event(L, event, &length);
  pg_check_suspendable(L, "emit_with_ack");
  if (socket == NULL || !pg_is_open(socket)) {
    lua_pushnil(L);
    lua_pushliteral(L, "disconnected");
    return 2;
  }
  int64_t ack = host->next_ack++;
  pg_draft_begin(outbox);
  pg_command emit = {.kind = PG_EMIT,
                     .socket = socket->handle,
                     .number = ack,
                     .name_space = -1,
                     .flag = is_volatile};
  int attachments;
  emit.body = pg_encode_event(L, host, name, length, event + 1, lua_gettop(L), &attachments);
  emit.attachment_count = (uint16_t)attachments;
  pg_draft_commit(L, outbox, emit);
  pg_command await = {.kind = PG_AWAIT_ACK,
                      .socket = socket->handle,
                      .ack = ack,
                      .duration = seconds,
                      .name_space = -1};
  host->run->awaited = ack;
  host->run->awaited_socket = socket;
  return pg_run_suspend(L, PG_WAIT_ACK, await, acked);
}

void pg_acknowledge(pg_host *host, uint64_t handle, int64_t ack, const void *payload,
                    size_t length) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  pg_run *run = socket != NULL ? pg_run_awaiting(socket, ack) : NULL;
  pg_awaited *awaited = socket != NULL ? pg_round_awaiting(socket, ack) : NULL;
  if ((run == NULL && awaited == NULL) || host->busy) {
    host->input.count = host->input.blobs.used = 0;
    return;
  }
  host->input.text = payload;
  host->input.length = length;
  if (run != NULL) {
    pg_run_continue(host, run, PG_ACKED);
  } else {
    pg_round_answer(host, awaited);
  }
}
