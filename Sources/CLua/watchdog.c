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
#define LONGEST_LOOK 25000000   // nanoseconds between two looks at the counters
#define SHORTEST_LOOK 1000000
#define REMINDER 10000000       // between two signals to a run that does not end
#define PATIENCE 4              // how many budgets may pass for a thread that hardly gets to work
#define QUIET_LOOKS 40          // looks without any run before the thread goes to sleep

void pg_interrupt_signal(void);

_Atomic uint32_t pg_watchdog_asleep;

static pthread_once_t started = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pg_watch *watches;

// Threads of a dispatch queue, and those they start, have signals blocked.
static void admit_signal(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, INTERRUPT_SIGNAL);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

const pg_thread *pg_this_thread(void) {
  static _Thread_local pg_thread thread;
  if (thread.id == 0) {
    thread.id = (pid_t)syscall(SYS_gettid);
    if (pthread_getcpuclockid(pthread_self(), &thread.clock) != 0) thread.clock = CLOCK_MONOTONIC;
    admit_signal();
  }
  return &thread;
}

// Nanoseconds; 0 from the clock of a thread that has ended.
static int64_t read_clock(clockid_t clock) {
  struct timespec time;
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

// How long the run that was seen last may still go on.
static int64_t time_left(const pg_watch *watch, int64_t time, int64_t worked) {
  int64_t budget = atomic_load_explicit(&watch->budget, memory_order_relaxed);
  int64_t of_work = budget - (worked - watch->worked_at);
  int64_t of_time = PATIENCE * budget - (time - watch->seen_at);
  return of_work < of_time ? of_work : of_time;
}

// Looks at one host. Returns how long its run may still go on, or INT64_MAX when it is idle.
static int64_t look(pg_watch *watch, int64_t time) {
  uint64_t counter = atomic_load_explicit(&watch->counter, memory_order_acquire);
  bool fresh = counter != watch->seen;
  watch->seen = counter;
  if ((counter & 1) == 0) return INT64_MAX;
  int64_t worked = read_clock(atomic_load_explicit(&watch->clock, memory_order_relaxed));
  if (fresh) {
    watch->seen_at = time;
    watch->worked_at = worked;
  }
  int64_t left = time_left(watch, time, worked);
  if (left > 0) return left;
  // Said again at every look: a signal that came too early or too late to take hold is repeated.
  atomic_store_explicit(&watch->overdue, counter, memory_order_relaxed);
  pid_t thread = atomic_load_explicit(&watch->thread, memory_order_relaxed);
  // A thread that has ended meanwhile is ESRCH, one that runs something else ignores the signal.
  syscall(SYS_tgkill, getpid(), thread, INTERRUPT_SIGNAL);
  return REMINDER;
}

// Looks at every host; `*active` tells whether any ran since the last look.
static int64_t look_at_all(bool *active) {
  int64_t next = LONGEST_LOOK;
  int64_t time = read_clock(CLOCK_MONOTONIC);
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
