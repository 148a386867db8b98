// One thread for the whole process that notices runs which exceed their budget: in processor time, so
// that a busy machine does not cost a script its handlers, and four times that by the wall's clock. It
// reads a counter of each host (odd while a run is under way); a dispatch costs it no look at a clock.
// An overdue run is interrupted by a signal to its own thread, see interrupt.c. Before that, a run
// that has used up its slice of processor time is asked to pause, so that it can go on elsewhere.
#ifndef PG_WATCHDOG_H
#define PG_WATCHDOG_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct pg_watch {
  _Atomic uint64_t counter;  // written by the running thread alone
  _Atomic uint64_t overdue;  // the counter of the run that has to stop
  _Atomic uint64_t lengthy;  // the counter of the run that should pause
  _Atomic int64_t budget;    // nanoseconds of processor time that the run may take
  _Atomic int64_t slice;     // nanoseconds of processor time before it should pause; 0: any
  _Atomic pid_t thread;      // the kernel's id of the running thread
  // The watchdog's own notes:
  uint64_t seen;
  int64_t seen_at;
  int64_t seen_used;  // the thread's processor time then
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

/// The kernel's id of the calling thread, on which the watchdog's signal gets through from then on.
pid_t pg_thread_id(void);

static inline void pg_watch_begin(pg_watch *watch, int64_t budget) {
  atomic_store_explicit(&watch->budget, budget, memory_order_relaxed);
  atomic_store_explicit(&watch->thread, pg_thread_id(), memory_order_relaxed);
  uint64_t counter = atomic_load_explicit(&watch->counter, memory_order_relaxed);
  atomic_store_explicit(&watch->counter, counter + 1, memory_order_release);
  if (atomic_load_explicit(&pg_watchdog_asleep, memory_order_relaxed) != 0) pg_watchdog_rouse();
}

static inline void pg_watch_end(pg_watch *watch) {
  uint64_t counter = atomic_load_explicit(&watch->counter, memory_order_relaxed);
  atomic_store_explicit(&watch->counter, counter + 1, memory_order_release);
}

#endif
