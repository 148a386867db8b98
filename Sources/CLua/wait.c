// Runs that wait: for a time, an ack, a message, the client of a stream. Each is woken by a token
// that the host brings back, or by whoever has the queue that it is listed in.
#include "listen.h"
#include "round.h"
#include "run.h"
#include "socket.h"

static uint64_t token_of(const pg_run *run) {
  return (uint64_t)run->serial << 32 | (run->slot + 1);
}

// The host need not keep an alarm for a run that no longer waits.
static void cancel_alarm(pg_host *host, const pg_run *run) {
  if (run->wait == PG_WAIT_CREDIT || run->wait == PG_WAIT_MESSAGE) return;
  if (run->wait == PG_WAIT_PUBLICATION || run->wait == PG_WAIT_NODES) return;
  pg_draft_begin(&host->outbox);
  pg_outbox_push(&host->outbox, (pg_command){.kind = PG_TIMER_CANCEL,
                                             .flag = true,
                                             .number = (int64_t)token_of(run),
                                             .name_space = -1});
}

static void stop_waiting(pg_run *run) {
  if (run->wait == PG_WAIT_ROUND) pg_round_end(run->round);
  pg_run **at = run->queue;
  while (at != NULL && *at != NULL && *at != run) at = &(*at)->next_waiter;
  if (at != NULL && *at != NULL) *at = run->next_waiter;
  run->queue = NULL;
  run->next_waiter = NULL;
  run->wait = PG_WAIT_NOTHING;
  run->serial++;
}

void pg_wait_end(pg_host *host, pg_run *run, bool alarm_runs) {
  host->suspended--;
  if (alarm_runs) cancel_alarm(host, run);
  stop_waiting(run);
}

void pg_run_continue(pg_host *host, pg_run *run, pg_wakeup wakeup) {
  if (host->busy || host->paused_run != NULL) return;
  run->wakeup = wakeup;
  pg_wait_end(host, run, run->wait == PG_WAIT_ROUND && wakeup != PG_WOKEN);
  pg_run_proceed(host, run);
}

int pg_run_suspend(lua_State *L, pg_wait wait, pg_command command, lua_KFunction then) {
  pg_host *host = pg_host_of(L);
  pg_run *run = host->run;
  run->serial++;
  command.number = (int64_t)token_of(run);
  pg_draft_commit(L, &host->outbox, command);
  return pg_run_wait(L, wait, wait == PG_WAIT_ACK ? &run->awaited_socket->waiters : NULL, then);
}

int pg_run_wait(lua_State *L, pg_wait wait, pg_run **queue, lua_KFunction then) {
  pg_run *run = pg_host_of(L)->run;
  run->wait = wait;
  run->queue = queue;
  if (queue != NULL) {
    run->next_waiter = *queue;
    *queue = run;
  } else if (wait == PG_WAIT_ROUND) {
    pg_round_begin(run->round);
  }
  return lua_yieldk(L, 0, 0, then);
}

void pg_check_place(lua_State *L, const char *what) {
  pg_host *host = pg_host_of(L);
  if (host->run == NULL || host->run->kind == PG_RUN_LOAD) {
    luaL_error(L, "%s cannot wait while the script is being loaded", what);
  }
  if (!pg_is_run(L)) {
    luaL_error(L, "%s cannot wait inside a coroutine of your own", what);
  }
  if (!lua_isyieldable(L)) {
    luaL_error(L, "%s cannot wait inside a sort comparison, a gsub replacement, or another function "
                  "that C calls", what);
  }
}

void pg_check_suspendable(lua_State *L, const char *what) {
  pg_host *host = pg_host_of(L);
  pg_check_place(L, what);
  if (host->suspended >= host->limits.suspended_handlers) {
    pg_limit_error(L, "too many handlers of this app are waiting already");
  }
}

pg_run *pg_run_of_token(const pg_host *host, uint64_t token) {
  uint64_t slot = (token & UINT32_MAX) - 1;
  pg_run *run = slot < host->run_count ? host->runs[slot] : NULL;
  return run != NULL && run->wait != PG_WAIT_NOTHING && token_of(run) == token ? run : NULL;
}

void pg_wake(pg_host *host, uint64_t token) {
  pg_run *run = pg_run_of_token(host, token);
  if (run != NULL) pg_run_continue(host, run, PG_WOKEN);
}

void pg_published(pg_host *host, uint64_t token, bool kept, const void *text, size_t length) {
  pg_run *run = pg_run_of_token(host, token);
  if (run == NULL || run->wait != PG_WAIT_PUBLICATION || host->busy) return;
  host->input.text = text;
  host->input.length = length;
  pg_run_continue(host, run, kept ? PG_ACKED : PG_GONE);
}

void pg_run_orphan(pg_host *host, pg_run **queue) {
  pg_run **end = &host->orphans;
  while (*end != NULL) end = &(*end)->next_waiter;
  *end = *queue;
  *queue = NULL;
  for (pg_run *run = *end; run != NULL; run = run->next_waiter) {
    run->queue = &host->orphans;
  }
}

// One after the other and never one inside the other: the end of one may be what the next has
// waited for. A pause leaves the others for when it is over.
void pg_run_settle(pg_host *host) {
  if (host->settling) return;
  host->settling = true;
  while (host->orphans != NULL && !host->busy && host->paused_run == NULL) {
    pg_run_continue(host, host->orphans, PG_GONE);
  }
  host->settling = false;
}

void pg_run_wake_socket(pg_host *host, pg_socket *socket) {
  pg_run_orphan(host, &socket->waiters);
  while (socket->awaited != NULL) pg_round_leave(host, socket->awaited);
  pg_listeners_end_socket(host, socket);
  pg_run_settle(host);
}

pg_run *pg_run_awaiting(const pg_socket *socket, int64_t ack) {
  pg_run *run = socket->waiters;
  while (run != NULL && run->awaited != ack) run = run->next_waiter;
  return run;
}
