#include "loop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

#include "clock.h"
#include "failure.h"

enum { EVENTS_PER_ROUND = 512 };

void loop_open(loop *l) {
  l->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (l->epoll < 0) fail_system("epoll_create1");
  l->now = clock_now();
}

static void control(loop *l, int operation, watch *w, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = w};
  if (epoll_ctl(l->epoll, operation, w->fd, &event) < 0) fail_system("epoll_ctl");
}

void loop_watch(loop *l, watch *w, uint32_t events) { control(l, EPOLL_CTL_ADD, w, events); }

void loop_rewatch(loop *l, watch *w, uint32_t events) { control(l, EPOLL_CTL_MOD, w, events); }

void loop_forget(loop *l, watch *w) { control(l, EPOLL_CTL_DEL, w, 0); }

bool loop_turn(loop *l, uint64_t until) {
  struct epoll_event events[EVENTS_PER_ROUND];
  uint64_t now = clock_now();
  uint64_t wait = until > now ? until - now : 0;
  struct timespec timeout = {
      .tv_sec = (time_t)(wait / CLOCK_SECOND), .tv_nsec = (long)(wait % CLOCK_SECOND)};
  int count = epoll_pwait2(l->epoll, events, EVENTS_PER_ROUND, &timeout, NULL);
  if (count < 0 && errno != EINTR) fail_system("epoll_pwait2");
  l->now = clock_now();
  for (int i = 0; i < count; i++) {
    watch *w = events[i].data.ptr;
    w->ready(w, events[i].events);
  }
  return count > 0;
}

void loop_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail_system("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail_system("setrlimit");
}
