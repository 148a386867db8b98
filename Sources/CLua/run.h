// Runs: each call into the scripts is a coroutine that can suspend itself.
#ifndef PG_RUN_H
#define PG_RUN_H

#include "host.h"

// run.c
/// A coroutine for one call; NULL when there is no memory or another run is under way.
pg_run *pg_run_take(pg_host *host, pg_run_kind kind, pg_socket *socket, const char *label);
void pg_run_give(pg_host *host, pg_run *run);
void pg_run_label(pg_run *run, const char *label, size_t length);
/// Starts `body`, a C function without arguments, in the run's coroutine.
void pg_run_start(pg_host *host, pg_run *run, lua_CFunction body);
/// Lets the coroutine of a run that waits for nothing go on until it ends, suspends or pauses.
void pg_run_proceed(pg_host *host, pg_run *run);
/// Ends a suspended run where it waits: it never goes on, what it has to close is closed.
void pg_run_cancel(pg_host *host, pg_run *run);
/// Whether the client that the run began for is still there, and has not gone and come back.
bool pg_run_is_current(const pg_run *run);

// wait.c
/// Raises unless waiting is possible where the caller stands.
void pg_check_place(lua_State *L, const char *what);
/// Raises unless the caller may suspend here, and now.
void pg_check_suspendable(lua_State *L, const char *what);
/// Commits `command` with a fresh token and suspends; `then` is called when the run goes on.
int pg_run_suspend(lua_State *L, pg_wait wait, pg_command command, lua_KFunction then);
/// Suspends without a command, listed in `queue` until somebody continues the run.
int pg_run_wait(lua_State *L, pg_wait wait, pg_run **queue, lua_KFunction then);
/// The run that waits with the token; NULL when none does.
pg_run *pg_run_of_token(const pg_host *host, uint64_t token);
/// The run no longer waits; `alarm_runs`: if the host has an alarm for it, that still runs.
void pg_wait_end(pg_host *host, pg_run *run, bool alarm_runs);
/// Goes on with a suspended run.
void pg_run_continue(pg_host *host, pg_run *run, pg_wakeup wakeup);
/// The runs in the queue wait in vain; they go on with PG_GONE once nothing else runs.
void pg_run_orphan(pg_host *host, pg_run **queue);
/// Continues the runs that wait in vain.
void pg_run_settle(pg_host *host);
/// Tells every run that waits for an ack or a listener of `socket` that there is nothing to come.
void pg_run_wake_socket(pg_host *host, pg_socket *socket);
/// The run that waits for `ack`, or NULL.
pg_run *pg_run_awaiting(const pg_socket *socket, int64_t ack);

#endif
