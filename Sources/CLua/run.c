// Runs: each call into the scripts is a coroutine, so that it can suspend (wait.c). Finished ones go
// back to a pool. Also what follows every run: errors, memory, bookkeeping.
#include "run.h"

#include <stdlib.h>

#include "ask.h"
#include "collector.h"
#include "http.h"
#include "json.h"
#include "listen.h"
#include "prelude.h"
#include "socket.h"

// Idle coroutines beyond this are given to the garbage collector.
#define POOL_MAX 256

static int make_coroutine(lua_State *L) {
  pg_run *run = lua_touserdata(L, 1);
  pg_host *host = pg_host_of(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->threads);  // stack: run threads
  lua_State *co = lua_newthread(L);
  *(uintptr_t *)lua_getextraspace(co) = (uintptr_t)host | 1;
  lua_rawseti(L, -2, (lua_Integer)run->slot + 1);
  run->co = co;
  return 0;
}

static int drop_coroutine(lua_State *L) {
  pg_run *run = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, pg_host_of(L)->threads);
  lua_pushnil(L);
  lua_rawseti(L, -2, (lua_Integer)run->slot + 1);
  return 0;
}

static pg_run *new_run(pg_host *host) {
  if (host->run_count == host->run_capacity) {
    size_t capacity = host->run_capacity == 0 ? 16 : host->run_capacity * 2;
    pg_run **runs = realloc(host->runs, capacity * sizeof *runs);
    if (runs == NULL) return NULL;
    host->runs = runs;
    host->run_capacity = capacity;
  }
  pg_run *run = calloc(1, sizeof *run);
  if (run == NULL) return NULL;
  run->slot = (uint32_t)host->run_count;
  host->runs[host->run_count++] = run;
  return run;
}

void pg_run_label(pg_run *run, const char *label, size_t length) {
  // Whole characters: labels are told to clients.
  if (length >= sizeof run->label) {
    length = pg_utf8_valid((const uint8_t *)label, sizeof run->label - 1);
  }
  memcpy(run->label, label, length);
  run->label[length] = '\0';
}

// The own namespace of the script that handles what comes from the socket.
static const pg_namespace *home_of(pg_host *host, pg_socket *socket) {
  if (socket == NULL) return NULL;
  const pg_script *script = pg_socket_script(host, socket);
  return script != NULL ? script->ns : socket->owner;
}

pg_run *pg_run_take(pg_host *host, pg_run_kind kind, pg_socket *socket, const char *label) {
  if (host->busy || host->paused_run != NULL) return NULL;
  pg_run *run = host->pool;
  if (run != NULL) {
    host->pool = run->next;
    host->pooled--;
  } else if ((run = new_run(host)) == NULL) {
    return NULL;
  }
  run->next = NULL;
  if (run->co == NULL && !pg_protected(host, make_coroutine, run)) {
    pg_run_give(host, run);
    return NULL;
  }
  run->kind = kind;
  run->socket = socket;
  run->visit = socket != NULL ? socket->visit : 0;
  run->ns = socket != NULL ? socket->ns : NULL;
  run->home = home_of(host, socket);
  run->ack = run->awaited = -1;
  run->timer = 0;
  run->question = 0;
  run->wait = PG_WAIT_NOTHING;
  run->suspended_before = false;
  pg_run_label(run, label, strlen(label));
  if (socket != NULL) socket->runs++;
  return run;
}

void pg_run_give(pg_host *host, pg_run *run) {
  if (host->pooled >= POOL_MAX && run->co != NULL) {
    pg_protected(host, drop_coroutine, run);
    run->co = NULL;
  }
  run->socket = NULL;
  run->serial++;
  run->next = host->pool;
  host->pool = run;
  host->pooled++;
}

// Ends a run that returned or failed: its coroutine is clean again, its socket may go.
static void end(pg_host *host, pg_run *run) {
  pg_socket *socket = run->socket;
  if (run->timer != 0) pg_timer_done(host, run->timer);
  if (run->question != 0) pg_answer_failed(host, run->question, "failed");
  pg_listeners_end_run(host, run);
  if (run->kind == PG_RUN_REQUEST) pg_exchange_finish(host, socket);
  pg_run_give(host, run);
  if (socket != NULL) {
    socket->runs--;
    pg_socket_release(host, socket);
  }
}

// Makes the coroutine of a failed run fit for the next one. What a `__close` still has to do happens
// here, under the same budget; a coroutine that an interrupt killed is thrown away.
static void clean_after_error(pg_host *host, pg_run *run) {
  if (host->killed || pg_died_in_hook(run->co)) {
    pg_protected(host, drop_coroutine, run);
    run->co = NULL;
    return;
  }
  pg_enter(host, run->co);
  lua_resetthread(run->co);
  host->current = NULL;
  lua_settop(run->co, 0);
  lua_sethook(run->co, NULL, 0, 0);
  if (host->interrupt == PG_RUNNING) return;
  pg_protected(host, drop_coroutine, run);
  run->co = NULL;
}

static void check_memory(pg_host *host) {
  pg_memory *memory = &host->memory;
  pg_collector_pace(host);
  if (!memory->refused) return;
  lua_gc(host->L, LUA_GCCOLLECT);
  pg_memory_reclaim(memory);
  memory->refused = false;
  host->overflowed = memory->reserved > memory->limit / 10 * 9;
}

static void begin(pg_host *host, pg_run *run) {
  bool load = run->kind == PG_RUN_LOAD;
  host->run = run;
  pg_outbox_begin_run(&host->outbox, host->limits.outbox_bytes);
  run->first_command = host->outbox.count;
  pg_run_begin_watch(host, run->co,
                     load ? host->limits.load_nanoseconds : host->limits.event_nanoseconds,
                     load ? 0 : host->limits.event_instructions);
}

// What follows whenever control comes back from a script.
static void conclude(pg_host *host, pg_run *run, bool over) {
  pg_run_end_watch(host);
  host->run = NULL;
  host->input.count = 0;
  // What a load has touched waits for its success.
  if (host->touched && host->paused_run == NULL && run->kind != PG_RUN_LOAD) {
    pg_prelude_commit(host);
  }
  if (over) end(host, run);
  check_memory(host);
  pg_run_settle(host);
}

void pg_run_proceed(pg_host *host, pg_run *run) {
  lua_State *co = run->co;
  int results = 0;
  begin(host, run);
  int status = lua_resume(co, host->L, 0, &results);
  if (host->killed) status = LUA_ERRRUN;
  if (status == LUA_YIELD && host->paused) {
    host->paused_run = run;
  } else if (status == LUA_YIELD) {
    host->suspended++;
    run->suspended_before = true;
  } else if (status == LUA_OK) {
    lua_settop(co, 0);
  } else {
    pg_run_failed(host, run, status);
    clean_after_error(host, run);
  }
  conclude(host, run, status != LUA_YIELD);
}

void pg_continue(pg_host *host) {
  pg_run *run = host->paused_run;
  if (run == NULL || host->busy) return;
  host->paused_run = NULL;
  pg_run_proceed(host, run);
}

void pg_run_start(pg_host *host, pg_run *run, lua_CFunction body) {
  lua_pushcfunction(run->co, body);
  pg_run_proceed(host, run);
}

bool pg_run_is_current(const pg_run *run) {
  return pg_is_open(run->socket) && run->visit == run->socket->visit;
}

void pg_run_cancel(pg_host *host, pg_run *run) {
  if (host->busy || host->paused_run != NULL || run->wait == PG_WAIT_NOTHING) return;
  pg_wait_end(host, run, true);
  begin(host, run);
  int status = lua_resetthread(run->co);
  if (status != LUA_OK) pg_run_failed(host, run, status);
  clean_after_error(host, run);
  conclude(host, run, true);
}
