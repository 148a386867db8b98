// The time that counts: how long it was, and what it cost the generator and the server.
#ifndef LOAD_WINDOW_H
#define LOAD_WINDOW_H

#include "stage.h"
#include "tally.h"

typedef struct window {
  uint64_t began, ended;
  uint64_t own_cpu, server_cpu;  // at the start, then what was used
  uint64_t memory_before;
} window;

/// Notes the server's memory before there is any client.
void window_open(window *w, const stage *s);
void window_begin(window *w, const stage *s, tally *t);
void window_end(window *w, const stage *s, tally *t);
/// What was counted, by the second, and all the rest.
void window_report(const window *w, const stage *s, const tally *t, report *r);
/// Warm-up, then the time that counts, while the clients do what they do.
void window_run(window *w, stage *s, tally *t);

#endif
