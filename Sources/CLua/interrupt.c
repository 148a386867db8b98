// Stopping a run from outside. A signal handler on the running thread sets `interrupt` and installs
// a hook on the coroutine that runs, as the stock interpreter does for Ctrl-C. The hook yields, and the
// run is never resumed. Where it cannot yield, below a function in C, it raises at every instruction
// until it can or the run has unwound, so no pcall keeps it alive. Each switch of coroutine carries the
// hook along. Loops in C poll `interrupt` themselves.
// A run that is merely lengthy is paused in the same way: the hook yields at the first instruction at
// which that is possible, and the run goes on when its owner has found a better thread for it.
#include <stdio.h>

#include "prelude.h"

// Instructions between two looks at the budget; a switch of coroutine costs as much.
#define INSTRUCTION_STEP 100
// Instructions between two attempts to pause a run that cannot pause just now.
#define PAUSE_STEP 1000
#define EVERYTHING (LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT)

// The host whose run is under way on this thread. Initial-exec, so that the handler may read it.
static _Thread_local pg_host *volatile running __attribute__((tls_model("initial-exec")));

static void note_position(pg_host *host, lua_State *L) {
  lua_Debug where;
  if (host->stopped_at[0] != '\0') return;
  for (int level = 0; lua_getstack(L, level, &where); level++) {
    lua_getinfo(L, "Sl", &where);
    if (where.currentline <= 0 || pg_is_prelude(&where)) continue;
    snprintf(host->stopped_at, sizeof host->stopped_at, "%s:%d: ", where.short_src,
             where.currentline);
    return;
  }
}

void pg_push_reason(lua_State *L, const pg_host *host) {
  if (host->interrupt == PG_OVER_INSTRUCTIONS) {
    lua_pushfstring(L, "%sthe run executed more than %I instructions", host->stopped_at,
                    (lua_Integer)host->limits.event_instructions);
  } else {
    lua_Integer budget = atomic_load_explicit(&host->watch.budget, memory_order_relaxed);
    lua_pushfstring(L, "%sthe run took longer than %I ms", host->stopped_at, budget / 1000000);
  }
}

static void stop(lua_State *L, pg_host *host) {
  note_position(host, L);
  pg_push_reason(L, host);
  lua_error(L);
}

// Stops a run that can yield: it is never resumed, so that no pcall of its gets to see anything.
static void kill_run(lua_State *L, pg_host *host) {
  note_position(host, L);
  host->killed = host->paused = true;
  lua_yield(L, 0);
}

static bool can_yield(lua_State *L, const pg_host *host) {
  return host->pinned == 0 && lua_isyieldable(L);
}

static void hook(lua_State *L, lua_Debug *event);

// Arming walks every call of the coroutine: once is enough, however often the signal comes.
static void arm(lua_State *L) {
  if (lua_gethookmask(L) != EVERYTHING) lua_sethook(L, hook, EVERYTHING, 1);
}

static void spend(pg_host *host, lua_State *L) {
  host->instructions_left -= INSTRUCTION_STEP;
  if (host->instructions_left > 0) return;
  host->interrupt = PG_OVER_INSTRUCTIONS;
  arm(L);
}

// Pauses the run, from a count event. The coroutines above `L` follow, see coroutine.c.
static void pause_run(lua_State *L, pg_host *host) {
  if (!can_yield(L, host) || host->run->kind == PG_RUN_LOAD) {
    lua_sethook(L, hook, LUA_MASKCOUNT, PAUSE_STEP);
    return;
  }
  host->must_pause = 0;
  host->paused = true;
  lua_yield(L, 0);
}

static void hook(lua_State *L, lua_Debug *event) {
  pg_host *host = pg_host_of(L);
  if (host->interrupt == PG_RUNNING && host->must_pause && event->event == LUA_HOOKCOUNT) {
    pause_run(L, host);
    return;
  }
  if (host->interrupt == PG_RUNNING) {
    if (host->instructions_left <= 0 || lua_gethookmask(L) != LUA_MASKCOUNT) {
      lua_sethook(L, NULL, 0, 0);  // left over from a run that has ended
      return;
    }
    if (event->event == LUA_HOOKCOUNT) spend(host, L);
  }
  if (host->interrupt == PG_RUNNING) return;
  if (!can_yield(L, host)) stop(L, host);
  // Only a count event may yield; the next instruction brings one.
  if (event->event == LUA_HOOKCOUNT) kill_run(L, host);
}

void pg_enter(pg_host *host, lua_State *L) {
  host->current = L;
  atomic_signal_fence(memory_order_seq_cst);
  if (host->instructions_left > 0 && host->interrupt == PG_RUNNING) {
    lua_sethook(L, hook, LUA_MASKCOUNT, INSTRUCTION_STEP);
    spend(host, L);
  }
  if (host->must_pause) lua_sethook(L, hook, LUA_MASKCOUNT, 1);
  if (host->interrupt != PG_RUNNING) arm(L);
}

// An error raised by a hook leaves the coroutine that it kills without hooks for good, so nothing of
// the script may run there again.
bool pg_died_in_hook(lua_State *co) {
  int status = lua_status(co);
  return status != LUA_OK && status != LUA_YIELD && lua_gethookmask(co) == EVERYTHING;
}

void pg_check_interrupt_slow(lua_State *L) { stop(L, pg_host_of(L)); }

void pg_run_begin_watch(pg_host *host, lua_State *L, int64_t budget, int64_t instructions) {
  host->busy = true;
  host->was_interrupted = host->limit_reached = false;
  host->interrupt = PG_RUNNING;
  host->must_pause = host->pinned = 0;
  host->paused = host->killed = false;
  host->stopped_at[0] = '\0';
  host->instructions_left = instructions > 0 ? instructions + INSTRUCTION_STEP : 0;
  running = host;
  pg_enter(host, L);
  pg_watch_begin(&host->watch, budget);
}

void pg_run_end_watch(pg_host *host) {
  pg_watch_end(&host->watch);
  running = NULL;
  host->was_interrupted = host->interrupt != PG_RUNNING;
  host->was_lengthy = host->must_pause != 0;
  host->interrupt = PG_RUNNING;
  host->current = NULL;
  host->instructions_left = 0;
  host->busy = false;
}

/// The body of the signal handler: runs on the thread that runs the host, so nothing races.
void pg_interrupt_signal(void) {
  pg_host *host = running;
  if (host == NULL) return;
  uint64_t counter = atomic_load_explicit(&host->watch.counter, memory_order_relaxed);
  lua_State *L = host->current;
  if (L == NULL) return;
  if (atomic_load_explicit(&host->watch.overdue, memory_order_relaxed) == counter) {
    if (host->interrupt == PG_RUNNING) host->interrupt = PG_OVER_TIME;
    arm(L);
  } else if (atomic_load_explicit(&host->watch.lengthy, memory_order_relaxed) == counter) {
    if (host->interrupt != PG_RUNNING || host->must_pause) return;
    host->must_pause = 1;
    lua_sethook(L, hook, LUA_MASKCOUNT, 1);
  }
}
