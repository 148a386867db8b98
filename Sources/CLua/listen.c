// self:listen(channel): publications that a handler reads one after the other. The host passes them
// on as JSON text; each listener keeps its own until they are read. It belongs to the run that made
// it and to a socket, and ends with either.
#include "listen.h"

#include <stdlib.h>

#include "backlog.h"
#include "send.h"

#define MAX_CHANNELS 64  // of one listener
#define LISTENER_META "perigee.listener"

/// What one call of self:listen made. It has a number for each of its channels, in a row.
typedef struct pg_listener {
  uint64_t first;
  size_t channels;
  bool open;      // the host passes messages on
  bool too_slow;  // the next read says so
  pg_socket *socket;  // NULL: gone
  pg_run *run;
  pg_run *readers;
  pg_backlog backlog;
  struct pg_listener *next_of_run, *next_of_socket;
} pg_listener;

// No more messages come, and those that wait are forgotten.
static void stop(pg_host *host, pg_listener *listener) {
  pg_backlog_clear(host, &listener->backlog);
  for (size_t i = 0; i < listener->channels && listener->open; i++) {
    pg_draft_begin(&host->outbox);
    pg_outbox_push(&host->outbox, (pg_command){.kind = PG_UNLISTEN,
                                               .number = (int64_t)(listener->first + i),
                                               .name_space = -1});
  }
  listener->open = false;
}

static void leave_socket(pg_listener *listener) {
  if (listener->socket == NULL) return;
  pg_listener **at = &listener->socket->listeners;
  while (*at != listener) at = &(*at)->next_of_socket;
  *at = listener->next_of_socket;
  listener->socket = NULL;
}

static void leave_run(pg_listener *listener) {
  pg_listener **at = &listener->run->listeners;
  while (*at != listener) at = &(*at)->next_of_run;
  *at = listener->next_of_run;
}

static void end_listener(pg_host *host, pg_listener *listener) {
  stop(host, listener);
  leave_socket(listener);
  leave_run(listener);
  pg_run_orphan(host, &listener->readers);
  for (size_t i = 0; i < listener->channels; i++) {
    pg_map_remove(&host->listeners, listener->first + i);
  }
  free(listener);
}

void pg_listeners_end_run(pg_host *host, pg_run *run) {
  while (run->listeners != NULL) end_listener(host, run->listeners);
}

void pg_listeners_end_socket(pg_host *host, pg_socket *socket) {
  while (socket->listeners != NULL) {
    pg_listener *listener = socket->listeners;
    stop(host, listener);
    leave_socket(listener);
    pg_run_orphan(host, &listener->readers);
  }
}

void pg_listeners_free(pg_host *host) {
  for (size_t i = 0; i < host->run_count; i++) {
    for (pg_listener *at = host->runs[i]->listeners, *next; at != NULL; at = next) {
      next = at->next_of_run;
      pg_backlog_clear(host, &at->backlog);
      free(at);
    }
  }
  pg_map_free(&host->listeners);
}

void pg_publication(pg_host *host, uint64_t number, const void *text, size_t length) {
  pg_listener *listener = pg_map_get(&host->listeners, number);
  if (host->busy) return;
  if (listener != NULL && listener->open) {
    host->input.text = text;
    host->input.length = length;
    if (!pg_backlog_add(host, &listener->backlog, (size_t)(number - listener->first))) {
      stop(host, listener);
      listener->too_slow = true;
    }
  }
  host->input.count = host->input.blobs.used = 0;
  if (listener != NULL && listener->readers != NULL) {
    pg_run_continue(host, listener->readers, PG_WOKEN);
  }
}

// stack: iterator → message channel | nil
static int next_message(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_host *host = pg_host_of(L);
  const uint64_t *first = lua_touserdata(L, 1);
  pg_listener *listener = pg_map_get(&host->listeners, *first);
  if (listener != NULL && listener->backlog.count > 0) {
    size_t channel = pg_backlog_take(L, &listener->backlog);
    lua_getiuservalue(L, 1, (int)channel + 1);
    return 2;
  }
  if (listener != NULL && listener->too_slow) {
    listener->too_slow = false;
    return luaL_error(L, "listener too slow: more than %d messages or %d KiB were waiting",
                      PG_BACKLOG_MESSAGES, (int)(PG_BACKLOG_BYTES >> 10));
  }
  if (listener == NULL || !listener->open) {
    lua_pushnil(L);
    return 1;
  }
  pg_check_suspendable(L, "a listener");
  return pg_run_wait(L, PG_WAIT_MESSAGE, &listener->readers, next_message);
}

static int iterator_call(lua_State *L) {
  luaL_checkudata(L, 1, LISTENER_META);
  lua_settop(L, 1);
  return next_message(L, LUA_OK, 0);
}

static int iterator_close(lua_State *L) {
  pg_host *host = pg_host_of(L);
  const uint64_t *first = luaL_checkudata(L, 1, LISTENER_META);
  pg_listener *listener = pg_map_get(&host->listeners, *first);
  if (listener != NULL) end_listener(host, listener);
  return 0;
}

// A listener of the running handler; NULL when there is no memory.
static pg_listener *new_listener(pg_host *host, pg_socket *socket, size_t channels) {
  pg_listener *listener = calloc(1, sizeof *listener);
  if (listener == NULL) return NULL;
  listener->first = host->last_listener + 1;
  while (listener->channels < channels &&
         pg_map_add(&host->listeners, listener->first + listener->channels, listener)) {
    listener->channels++;
  }
  host->last_listener += listener->channels;
  listener->run = host->run;
  listener->next_of_run = host->run->listeners;
  host->run->listeners = listener;
  listener->socket = socket;
  listener->next_of_socket = socket->listeners;
  socket->listeners = listener;
  if (listener->channels == channels) return listener;
  end_listener(host, listener);
  return NULL;
}

static void queue_listen(lua_State *L, pg_host *host, const pg_listener *listener, int index) {
  size_t length;
  const char *channel = lua_tolstring(L, index, &length);
  pg_draft_begin(&host->outbox);
  pg_span name = pg_draft_text(L, &host->outbox, channel, length);
  pg_draft_commit(L, &host->outbox,
                  (pg_command){.kind = PG_LISTEN,
                               .socket = listener->socket->handle,
                               .number = (int64_t)listener->first + index - 2,
                               .name_space = listener->socket->ns->index,
                               .name = name});
}

// Pushes the iterator of a listener that is yet to be made, for the channels named from slot 2 on.
static uint64_t *push_iterator(lua_State *L, int channels) {
  uint64_t *first = lua_newuserdatauv(L, sizeof *first, channels);
  *first = 0;
  luaL_setmetatable(L, LISTENER_META);
  for (int i = 1; i <= channels; i++) {
    lua_pushvalue(L, i + 1);
    lua_setiuservalue(L, -2, i);
  }
  return first;
}

int pg_self_listen(lua_State *L) {
  pg_host *host = pg_host_of(L);
  uint64_t handle = pg_handle_at(L, 1);
  if (handle == 0) return luaL_error(L, "call it with a colon: self:listen(...)");
  int channels = lua_gettop(L) - 1;
  size_t length;
  luaL_argcheck(L, channels >= 1 && channels <= MAX_CHANNELS, 2, "name between 1 and 64 channels");
  for (int i = 2; i <= channels + 1; i++) pg_check_name(L, i, &length);
  pg_check_place(L, "listen");
  uint64_t *first = push_iterator(L, channels);
  pg_socket *socket = pg_socket_find(host, handle);
  if (socket != NULL && pg_is_present(socket)) {
    if (host->listeners.count + (size_t)channels > PG_MAX_LISTENERS) {
      return pg_limit_error(L, "the handlers of this app listen to too many channels already");
    }
    pg_listener *listener = new_listener(host, socket, (size_t)channels);
    if (listener == NULL) return luaL_error(L, "not enough memory");
    *first = listener->first;
    listener->open = true;
    for (int i = 2; i <= channels + 1; i++) queue_listen(L, host, listener, i);
  }
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, -3);
  return 4;
}

void pg_listen_open(lua_State *L) {
  luaL_newmetatable(L, LISTENER_META);
  lua_pushcfunction(L, iterator_call);
  lua_setfield(L, -2, "__call");
  lua_pushcfunction(L, iterator_close);
  lua_setfield(L, -2, "__close");
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, iterator_close);
  lua_setfield(L, -2, "close");
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "listener");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
