#define _GNU_SOURCE
#include "watchdog.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// SIGURG is ignored by default and used by nothing else here, so a stray one harms nobody.
#define INTERRUPT_SIGNAL SIGURG
#define LONGEST_LOOK 4000000    // nanoseconds between two looks at the counters
#define SHORTEST_LOOK 1000000
#define WALL_FACTOR 4           // a run may take this many budgets by the wall's clock
#define QUIET_LOOKS 50          // looks without any run before the thread goes to sleep

void pg_interrupt_signal(void);

_Atomic uint32_t pg_watchdog_asleep;

static pthread_once_t started = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pg_watch *watches;

// Threads made by libdispatch, and the threads that those make, block most signals.
static void admit_signal(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, INTERRUPT_SIGNAL);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

pid_t pg_thread_id(void) {
  static _Thread_local pid_t id;
  if (id != 0) return id;
  admit_signal();
  id = (pid_t)syscall(SYS_gettid);
  return id;
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Processor time of another thread, as pthread_getcpuclockid would name its clock.
static int64_t processor_time(pid_t thread) {
  struct timespec time;
  clockid_t clock = (clockid_t)(~(unsigned)thread << 3 | 6);
  if (clock_gettime(clock, &time) != 0) return 0;
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void pause_for(int64_t nanoseconds) {
  struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  nanosleep(&time, NULL);
}

static void on_signal(int number) {
  (void)number;
  int saved = errno;
  pg_interrupt_signal();
  errno = saved;
}

// Said again at every look: a signal that came too early or too late to take hold is repeated. A
// thread that has ended meanwhile is ESRCH, one that runs something else ignores the signal.
static int64_t notify(_Atomic uint64_t *verdict, uint64_t counter, pid_t thread) {
  atomic_store_explicit(verdict, counter, memory_order_relaxed);
  syscall(SYS_tgkill, getpid(), thread, INTERRUPT_SIGNAL);
  return SHORTEST_LOOK;
}

// Looks at one host. Returns how long its run may still go on, or INT64_MAX when it is idle.
static int64_t look(pg_watch *watch, int64_t time) {
  uint64_t counter = atomic_load_explicit(&watch->counter, memory_order_acquire);
  pid_t thread = atomic_load_explicit(&watch->thread, memory_order_relaxed);
  int64_t slice = atomic_load_explicit(&watch->slice, memory_order_relaxed);
  bool runs = (counter & 1) != 0;
  if (counter != watch->seen) {
    watch->seen = counter;
    watch->seen_at = time;
    watch->seen_used = runs ? processor_time(thread) : 0;
  }
  if (!runs) return INT64_MAX;
  int64_t budget = atomic_load_explicit(&watch->budget, memory_order_relaxed);
  int64_t used = processor_time(thread) - watch->seen_used;
  int64_t left = budget - used;
  bool starved = time - watch->seen_at > budget * WALL_FACTOR;
  if (left <= 0 || starved) return notify(&watch->overdue, counter, thread);
  if (slice == 0) return left;
  int64_t slice_left = slice - used;
  if (slice_left <= 0) return notify(&watch->lengthy, counter, thread);
  return slice_left < left ? slice_left : left;
}

// Looks at every host; `*active` tells whether any ran since the last look.
static int64_t look_at_all(bool *active) {
  int64_t next = LONGEST_LOOK;
  int64_t time = now();
  pthread_mutex_lock(&lock);
  for (pg_watch *watch = watches; watch != NULL; watch = watch->next) {
    uint64_t before = watch->seen;
    int64_t left = look(watch, time);
    if (left != INT64_MAX || watch->seen != before) *active = true;
    if (left < next) next = left;
  }
  pthread_mutex_unlock(&lock);
  return next < SHORTEST_LOOK ? SHORTEST_LOOK : next;
}

static void sleep_until_roused(void) {
  atomic_store(&pg_watchdog_asleep, 1);
  // A run that began at this very moment may not have seen the flag; its counter is visible long
  // before this pause ends.
  pause_for(SHORTEST_LOOK);
  bool active = false;
  look_at_all(&active);
  if (!active) syscall(SYS_futex, &pg_watchdog_asleep, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
  atomic_store(&pg_watchdog_asleep, 0);
}

static void *watch_for_ever(void *unused) {
  (void)unused;
  int quiet = 0;
  for (;;) {
    bool active = false;
    int64_t next = look_at_all(&active);
    quiet = active ? 0 : quiet + 1;
    if (quiet < QUIET_LOOKS) {
      pause_for(next);
    } else {
      sleep_until_roused();
      quiet = 0;
    }
  }
  return NULL;
}

void pg_watchdog_rouse(void) {
  if (atomic_exchange(&pg_watchdog_asleep, 0) == 0) return;
  syscall(SYS_futex, &pg_watchdog_asleep, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void start(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  sigaction(INTERRUPT_SIGNAL, &action, NULL);
  // The process's own signals are for its other threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, NULL, watch_for_ever, NULL) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void pg_watch_add(pg_watch *watch) {
  pthread_once(&started, start);
  pthread_mutex_lock(&lock);
  watch->next = watches;
  watches = watch;
  pthread_mutex_unlock(&lock);
}

void pg_watch_remove(pg_watch *watch) {
  pthread_mutex_lock(&lock);
  for (pg_watch **at = &watches; *at != NULL; at = &(*at)->next) {
    if (*at != watch) continue;
    *at = watch->next;
    break;
  }
  pthread_mutex_unlock(&lock);
}
