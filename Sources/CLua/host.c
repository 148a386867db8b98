// A host's beginning and end, its memory, and the small questions that Swift asks it.
#include "host.h"

#include <stdlib.h>

#include "api.h"
#include "generation.h"
#include "handshake.h"
#include "http.h"
#include "listen.h"
#include "node.h"
#include "prelude.h"
#include "sandbox.h"

bool pg_protected(pg_host *host, lua_CFunction function, void *argument) {
  lua_State *L = host->L;
  lua_pushcfunction(L, function);
  lua_pushlightuserdata(L, argument);
  bool good = lua_pcall(L, 1, 0, 0) == LUA_OK;
  if (!good) lua_pop(L, 1);
  return good;
}

static int open_state(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_values_open(L, host);
  pg_sandbox_open(L, host);
  pg_reject_open(L, host);
  pg_handshake_open(L, host);
  pg_target_open(L);
  pg_request_open(L, host);
  pg_response_open(L, host);
  pg_listen_open(L);
  pg_sending_open(L);
  pg_namespace_api_open(L);
  pg_prelude_open(L, host);
  pg_node_open(L, host);
  lua_newtable(L);
  host->threads = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

pg_host *pg_create(const char *app, const char *version, const pg_limits *limits, bool development,
                   pg_handshake_query query, void *context) {
  pg_host *host = calloc(1, sizeof *host);
  if (host == NULL) return NULL;
  host->limits = *limits;
  host->memory.limit = limits->memory_bytes;
  host->development = development;
  host->query = query;
  host->query_context = context;
  host->worker = host->workers = 1;
  host->app = strdup(app);
  host->version = strdup(version);
  pg_names_begin(&host->names);
  host->L = lua_newstate(pg_allocate, &host->memory);
  if (host->L != NULL) *(pg_host **)lua_getextraspace(host->L) = host;
  pg_watch_add(&host->watch);
  if (host->app == NULL || host->version == NULL || host->L == NULL ||
      !pg_protected(host, open_state, NULL)) {
    pg_destroy(host);
    return NULL;
  }
  return host;
}

void pg_set_presence_query(pg_host *host, pg_presence_query query) { host->presence = query; }

void pg_set_text_query(pg_host *host, pg_text_query query) { host->is_composed = query; }

void pg_set_worker(pg_host *host, int worker, int workers, pg_shared *shared, bool keeps_history) {
  host->worker = worker;
  host->workers = workers;
  host->shared = shared;
  host->keeps_history = keeps_history;
}

void pg_destroy(pg_host *host) {
  pg_watch_remove(&host->watch);
  pg_program_free(host);
  if (host->L != NULL) {
    pg_generation_free(host, host->serving);
    lua_close(host->L);
  }
  pg_listeners_free(host);
  pg_sockets_free(host);
  pg_memory_free(&host->memory);
  for (size_t i = 0; i < host->run_count; i++) free(host->runs[i]);
  pg_namespaces_free(host);
  free(host->runs);
  free(host->timers);
  free(host->nodes);
  free(host->input.spans);
  free(host->app);
  free(host->version);
  free(host->manifest);
  free(host->loading_manifest);
  pg_buffer_free(&host->input.blobs);
  pg_buffer_free(&host->scratch);
  pg_buffer_free(&host->event_name);
  pg_buffer_free(&host->encoded);
  pg_buffer_free(&host->shared_bytes);
  pg_buffer_free(&host->path);
  pg_buffer_free(&host->query_text);
  pg_buffer_free(&host->failure_text);
  pg_outbox_free(&host->outbox);
  free(host);
}

void pg_attach(pg_host *host, const void *bytes, size_t length) {
  pg_input *input = &host->input;
  if (host->busy) return;
  if (input->count == 0) input->blobs.used = 0;
  if (input->count == input->capacity) {
    size_t capacity = input->capacity == 0 ? 8 : input->capacity * 2;
    pg_span *spans = realloc(input->spans, capacity * sizeof *spans);
    if (spans == NULL) return;
    input->spans = spans;
    input->capacity = capacity;
  }
  if (input->blobs.used + length > UINT32_MAX || !pg_buffer_room(&input->blobs, length)) return;
  input->spans[input->count++] = (pg_span){(uint32_t)input->blobs.used, (uint32_t)length};
  pg_buffer_copy(&input->blobs, bytes, length);
}

pg_outbox_view pg_outbox_read(const pg_host *host) {
  return (pg_outbox_view){.commands = host->outbox.commands,
                          .count = host->outbox.count,
                          .spans = host->outbox.spans,
                          .text = host->outbox.text.bytes,
                          .blobs = host->outbox.blobs.bytes};
}

void pg_outbox_clear(pg_host *host) {
  if (host->busy) return;
  pg_outbox_reset(&host->outbox);
  pg_namespaces_sweep(host);
}

int64_t pg_generation_number(const pg_host *host) {
  return host->serving != NULL ? host->serving->number : 0;
}

size_t pg_script_count(const pg_host *host) {
  return host->serving != NULL ? host->serving->count : 0;
}

const char *pg_script_namespace(const pg_host *host, size_t index) {
  return index < pg_script_count(host) ? host->serving->scripts[index].ns->name : NULL;
}

size_t pg_memory_used(const pg_host *host) { return host->memory.used; }

size_t pg_suspended_count(const pg_host *host) { return host->suspended; }

size_t pg_timer_count(const pg_host *host) { return host->timer_count; }

bool pg_overflowed(const pg_host *host) { return host->overflowed; }

bool pg_is_paused(const pg_host *host) { return host->paused_run != NULL; }

void pg_set_slice(pg_host *host, int64_t nanoseconds) {
  atomic_store_explicit(&host->watch.slice, nanoseconds, memory_order_relaxed);
}

bool pg_was_lengthy(const pg_host *host) { return host->was_lengthy; }

bool pg_was_interrupted(const pg_host *host) { return host->was_interrupted; }
