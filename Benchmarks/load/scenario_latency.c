// Latency: publications on a timetable, whatever becomes of those before. A delivery's time counts
// from when its publication was due, so that a server that falls behind cannot hide it.
#include "clock.h"
#include "fan.h"
#include "scenario.h"
#include "window.h"

void scenario_latency(stage *s, report *r) {
  static fan f;
  const options *o = s->options;
  f = fan_of_options(s);
  window w;
  window_open(&w, s);
  fan_join(&f);
  fan_start_timetable(&f, o->rate / (double)o->subscribers);
  fan_measure(&f, &w, o->duration);
  fan_finish(&f);
  window_report(&w, s, &f.tally, r);
}
