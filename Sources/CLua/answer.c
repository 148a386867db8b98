// What this node answers to the questions of nodes, its own among them, and what it changes because another
// one says so. Each answer is a run of its own; what it cannot answer it says.
#include <stdlib.h>

#include "ask.h"
#include "patterns.h"
#include "rooms.h"

void pg_push_node(lua_State *L, uint64_t node) {
  static const char hex[] = "0123456789abcdef";
  char text[16];
  for (int i = 15; i >= 0; i--, node >>= 4) text[i] = hex[node & 15];
  lua_pushlstring(L, text, sizeof text);
}

void pg_set_node(pg_host *host, uint64_t node, bool clustered) {
  host->node = node;
  host->clustered = clustered;
  // A client that comes back from another node may answer what that one asked.
  if (clustered) host->next_ack = (int64_t)(node % 1000000);
}

void pg_node_up(pg_host *host, uint64_t node) {
  pg_node_down(host, node);
  if (host->node_count == host->node_capacity) {
    size_t capacity = host->node_capacity == 0 ? 8 : host->node_capacity * 2;
    uint64_t *nodes = realloc(host->nodes, capacity * sizeof *nodes);
    if (nodes == NULL) return;
    host->nodes = nodes;
    host->node_capacity = capacity;
  }
  host->nodes[host->node_count++] = node;
}

void pg_node_down(pg_host *host, uint64_t node) {
  for (size_t i = 0; i < host->node_count; i++) {
    if (host->nodes[i] != node) continue;
    host->nodes[i] = host->nodes[--host->node_count];
    return;
  }
}

void pg_answer_part(lua_State *L, int index, bool is_last) {
  pg_host *host = pg_host_of(L);
  pg_run *run = host->run;
  if (run == NULL || run->question == 0) return;
  pg_draft_begin(&host->outbox);
  pg_command command = {.kind = PG_ANSWER,
                        .number = (int64_t)run->question,
                        .flag = is_last,
                        .name_space = -1};
  pg_encoder encoder = pg_encode_begin(L, host, &host->outbox.text, host->outbox.text_limit);
  encoder.blobs = true;
  uint32_t start = (uint32_t)encoder.out->used;
  pg_encode_value(&encoder, index);
  command.body = (pg_span){start, (uint32_t)encoder.out->used - start};
  command.attachment_count = (uint16_t)encoder.attachments;
  pg_draft_commit(L, &host->outbox, command);
  if (is_last) run->question = 0;
}

void pg_answer_failed(pg_host *host, uint64_t question, const char *reason) {
  pg_draft_begin(&host->outbox);
  pg_command command = {
      .kind = PG_ANSWER, .number = (int64_t)question, .flag = true, .name_space = -1};
  command.name = pg_outbox_text(&host->outbox, reason, strlen(reason));
  pg_outbox_push(&host->outbox, command);
}

static void push_names(lua_State *L, const pg_input *input, size_t first, size_t count) {
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count && first + i < input->count; i++) {
    const pg_span *span = &input->spans[first + i];
    lua_pushlstring(L, (const char *)input->blobs.bytes + span->offset, span->length);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

void pg_push_asked_names(lua_State *L) {
  const pg_host *host = pg_host_of(L);
  const pg_asked *asked = &host->asked;
  push_names(L, &host->input, 0, asked->rooms);
  push_names(L, &host->input, asked->rooms, asked->excepted);
}

const pg_namespace *pg_asked_namespace(pg_host *host) {
  const char *name = host->asked.name_space;
  return pg_namespace_find(host, name, strlen(name));
}

// What is asked goes with the input, for one call.
static void take_input(pg_host *host, const pg_asked *asked, const void *text, size_t length) {
  host->asked = *asked;
  host->input.text = text;
  host->input.length = length;
}

static void forget_input(pg_host *host) { host->input.count = host->input.blobs.used = 0; }

void pg_answer_start(pg_host *host, const pg_asked *asked, const void *text, size_t length,
                     const char *label, lua_CFunction body) {
  take_input(host, asked, text, length);
  pg_run *run = pg_run_take(host, PG_RUN_ANSWER, NULL, label);
  if (run == NULL) {
    forget_input(host);
    if (asked->question != 0) pg_answer_failed(host, asked->question, "failed");
    return;
  }
  run->question = asked->question;
  // The own namespace of the script: one that only a pattern covers may go before the run ends.
  const pg_namespace *ns = pg_asked_namespace(host);
  const pg_script *script =
      ns != NULL && host->serving != NULL ? pg_script_serving(host->serving, ns, NULL) : NULL;
  run->home = run->ns = script != NULL ? script->ns : NULL;
  pg_run_start(host, run, body);
}

// Runs `function` with the argument on behalf of another node: no script has part in it.
static bool act(pg_host *host, lua_CFunction function, void *argument) {
  host->interrupt = PG_RUNNING;
  pg_outbox_begin_run(&host->outbox, host->limits.outbox_bytes);
  return pg_protected(host, function, argument);
}

// MARK: Who is reached

typedef struct clients {
  uint64_t *handles;
  size_t count;
} clients;

// stack: clients
static int select_clients(lua_State *L) {
  pg_host *host = pg_host_of(L);
  clients *clients = lua_touserdata(L, 1);
  pg_reach reach = {.ns = pg_asked_namespace(host)};
  if (reach.ns == NULL) return 0;
  pg_push_asked_names(L);
  size_t count;
  pg_socket **sockets = pg_select(L, &reach, 2, 3, &count);
  pg_buffer *scratch = &host->scratch;
  scratch->used = 0;
  pg_draft_room(L, scratch, UINT32_MAX, count * sizeof(uint64_t));
  clients->handles = (uint64_t *)scratch->bytes;
  clients->count = count;
  for (size_t i = 0; i < count; i++) clients->handles[i] = sockets[i]->handle;
  return 0;
}

const uint64_t *pg_clients(pg_host *host, const pg_asked *asked, size_t *count) {
  clients clients = {NULL, 0};
  take_input(host, asked, NULL, 0);
  if (!act(host, select_clients, &clients)) clients.count = 0;
  forget_input(host);
  *count = clients.count;
  return clients.handles;
}

// MARK: Changes

typedef struct change {
  pg_change_kind kind;
  const char *room;
  size_t length;
  pg_socket *socket;
} change;

// stack: change
static int change_client(lua_State *L) {
  const change *change = lua_touserdata(L, 1);
  lua_pushlstring(L, change->room, change->length);
  switch (change->kind) {
    case PG_JOINS: pg_join(L, change->socket, 2); break;
    case PG_LEAVES: pg_leave(L, change->socket, 2); break;
    case PG_IS_DISCONNECTED: pg_queue_disconnect(L, change->socket, false); break;
    case PG_IS_CLOSED: pg_queue_disconnect(L, change->socket, true); break;
  }
  return 0;
}

void pg_change(pg_host *host, const pg_asked *asked, pg_change_kind kind, const void *room,
               size_t length) {
  if (host->busy) return forget_input(host);
  size_t count;
  const uint64_t *handles = pg_clients(host, asked, &count);
  change change = {.kind = kind, .room = room, .length = length};
  for (size_t i = 0; i < count; i++) {
    change.socket = pg_map_get(&host->sockets, handles[i]);
    // Who is in too many rooms stays where it is.
    if (change.socket != NULL) act(host, change_client, &change);
  }
}
