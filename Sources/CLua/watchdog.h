// One thread for the whole process that notices runs which exceed their wall-clock budget. It reads
// a counter of each host (odd while a run is under way); a dispatch costs it no look at a clock.
// A run is overdue when its thread has worked for the budget, or when four times as long has passed:
// a handler that a busy machine keeps off the processor has done nothing wrong.
// An overdue run is interrupted by a signal to its own thread, see interrupt.c.
#ifndef PG_WATCHDOG_H
#define PG_WATCHDOG_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

typedef struct pg_watch {
  _Atomic uint64_t counter;  // written by the running thread alone
  _Atomic uint64_t overdue;  // the counter of the run that has to stop
  _Atomic int64_t budget;    // nanoseconds that the run under way may take
  _Atomic pid_t thread;      // the kernel's id of the running thread
  _Atomic clockid_t clock;   // how long that thread has worked
  // The watchdog's own notes: the counter seen last, since when, and how long the thread had worked
  uint64_t seen;
  int64_t seen_at, worked_at;
  struct pg_watch *next;
} pg_watch;

/// Starts to watch; the first call of the process starts the thread and claims the signal.
void pg_watch_add(pg_watch *watch);
/// Returns once the watchdog no longer looks at `watch`.
void pg_watch_remove(pg_watch *watch);
/// Wakes the thread if it sleeps because every host was idle.
void pg_watchdog_rouse(void);

/// True while the watchdog thread sleeps for want of runs.
extern _Atomic uint32_t pg_watchdog_asleep;

/// The calling thread: the kernel's id of it and the clock of its work.
typedef struct pg_thread {
  pid_t id;
  clockid_t clock;
} pg_thread;
/// The first call on a thread lets the interrupt's signal through there.
const pg_thread *pg_this_thread(void);

static inline void pg_watch_begin(pg_watch *watch, int64_t budget) {
  atomic_store_explicit(&watch->budget, budget, memory_order_relaxed);
  const pg_thread *thread = pg_this_thread();
  atomic_store_explicit(&watch->thread, thread->id, memory_order_relaxed);
  atomic_store_explicit(&watch->clock, thread->clock, memory_order_relaxed);
  uint64_t counter = atomic_load_explicit(&watch->counter, memory_order_relaxed);
  atomic_store_explicit(&watch->counter, counter + 1, memory_order_release);
  if (atomic_load_explicit(&pg_watchdog_asleep, memory_order_relaxed) != 0) pg_watchdog_rouse();
}

static inline void pg_watch_end(pg_watch *watch) {
  uint64_t counter = atomic_load_explicit(&watch->counter, memory_order_relaxed);
  atomic_store_explicit(&watch->counter, counter + 1, memory_order_release);
}

#endif
