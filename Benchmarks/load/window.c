#include "window.h"

#include "clock.h"
#include "usage.h"

void window_open(window *w, const stage *s) {
  *w = (window){0};
  if (s->options->pid == 0) return;
  usage_forget_peak(s->options->pid);
  w->memory_before = usage_resident(s->options->pid);
}

void window_begin(window *w, const stage *s, tally *t) {
  long pid = s->options->pid;
  w->server_cpu = pid != 0 ? usage_cpu(pid) : 0;
  w->own_cpu = usage_own_cpu();
  tally_begin(t);
  w->began = clock_now();
}

void window_end(window *w, const stage *s, tally *t) {
  long pid = s->options->pid;
  w->ended = clock_now();
  t->is_open = false;
  w->own_cpu = usage_own_cpu() - w->own_cpu;
  w->server_cpu = pid != 0 ? usage_cpu(pid) - w->server_cpu : 0;
}

void window_run(window *w, stage *s, tally *t) {
  stage_run(s, clock_now() + clock_seconds(s->options->warmup));
  window_begin(w, s, t);
  stage_run(s, w->began + clock_seconds(s->options->duration));
  window_end(w, s, t);
}

void window_report(const window *w, const stage *s, const tally *t, report *r) {
  double length = (double)(w->ended - w->began);
  long pid = s->options->pid;
  report_number(r, "per_second", (double)t->latency.total * (double)CLOCK_SECOND / length, 1);
  tally_report(t, r);
  report_number(r, "seconds", length / (double)CLOCK_SECOND, 3);
  report_number(r, "cpu_load", (double)w->own_cpu / length, 3);
  if (pid == 0) return;
  report_number(r, "cpu_server", (double)w->server_cpu / length, 3);
  report_count(r, "rss_before", w->memory_before);
  report_count(r, "rss_peak", usage_peak(pid));
  report_count(r, "rss_after", usage_resident(pid));
}
