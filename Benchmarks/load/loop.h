// One epoll thread's rounds: wait, then hand every ready descriptor to whoever watches it.
// A watch stays where it is in memory for as long as it is watched.
#ifndef LOAD_LOOP_H
#define LOAD_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

typedef struct watch {
  int fd;
  /// Called with epoll's event bits; it may forget any watch, and must not free another one.
  void (*ready)(struct watch *watch, uint32_t events);
} watch;

typedef struct loop {
  int epoll;
  uint64_t now;  // nanoseconds; set when a wait ends, and by whoever wants it finer
} loop;

void loop_open(loop *l);
void loop_watch(loop *l, watch *w, uint32_t events);
void loop_rewatch(loop *l, watch *w, uint32_t events);
void loop_forget(loop *l, watch *w);
/// One round: waits for something to happen until the time `until`, and hands it out. False when
/// the time came first.
bool loop_turn(loop *l, uint64_t until);
/// Allows as many descriptors as the system lets this process have.
void loop_raise_descriptor_limit(void);

#endif
