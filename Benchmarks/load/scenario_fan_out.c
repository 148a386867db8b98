// Fan-out: a closed loop of publications that all reach every subscriber.
#include "fan.h"
#include "scenario.h"
#include "clock.h"
#include "window.h"

void scenario_fan_out(stage *s, report *r) {
  static fan f;
  const options *o = s->options;
  f = (fan){.stage = s, .subscribing = &wire_socketio, .publishing = &wire_socketio,
            .asks_to_subscribe = true, .message = socketio_event(o, o->publish_event, false),
            .subscriber_count = (size_t)o->subscribers, .sender_count = (size_t)o->publishers};
  window w;
  window_open(&w, s);
  fan_join(&f);
  fan_start(&f, (uint32_t)o->in_flight);
  window_run(&w, s, &f.tally);
  fan_finish(&f);
  window_report(&w, s, &f.tally, r);
}
