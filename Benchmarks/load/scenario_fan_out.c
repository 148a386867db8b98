// Fan-out: a closed loop of publications that all reach every subscriber, by three kinds of wire.
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "failure.h"
#include "fan.h"
#include "scenario.h"
#include "window.h"

static void run(fan *f, report *r) {
  stage *s = f->stage;
  const options *o = s->options;
  window w;
  window_open(&w, s);
  fan_join(f);
  // Posts go one at a time on a connection: as many connections then keep as many on their way.
  fan_start(f, f->publishing == &wire_post ? 1 : (uint32_t)o->in_flight);
  fan_measure(f, &w, o->duration);
  fan_finish(f);
  window_report(&w, s, &f->tally, r);
}

void scenario_fan_out(stage *s, report *r) {
  static fan f;
  f = fan_of_options(s);
  run(&f, r);
}

// Fills in what a bare wire needs; what the options leave open is as Perigee has it.
static void use_bare_wires(fan *f, const wire *subscribing, const wire *publishing,
                           const char *subscribe_at, const char *publish_at, const char *body) {
  static char subscribe_path[256], publish_path[256];
  const options *o = f->stage->options;
  snprintf(subscribe_path, sizeof subscribe_path, "%s/%s?channel=%s", o->namespace, subscribe_at,
           o->channel);
  snprintf(publish_path, sizeof publish_path, "%s/%s", o->namespace, publish_at);
  f->subscribing = subscribing;
  f->publishing = publishing;
  f->asks_to_subscribe = false;
  f->subscribe_path = o->subscribe_path != NULL ? o->subscribe_path : subscribe_path;
  f->publish_path = o->publish_path != NULL ? o->publish_path : publish_path;
  f->message = message_make(o->publish_body != NULL ? o->publish_body : body, (size_t)o->payload);
  if (publishing == &wire_post) f->sender_count *= (size_t)o->in_flight;
}

static void post_body(const options *o, char *body, size_t size) {
  snprintf(body, size, "{\"event\":\"%s\",\"args\":[\"{message}\"]}", o->publish_event);
}

void scenario_sse_fan_out(stage *s, report *r) {
  static fan f;
  char body[256];
  post_body(s->options, body, sizeof body);
  f = fan_of_options(s);
  use_bare_wires(&f, &wire_events, &wire_post, "events", "emit", body);
  run(&f, r);
}

void scenario_ws_fan_out(stage *s, report *r) {
  static fan f;
  const options *o = s->options;
  char body[256];
  f = fan_of_options(s);
  if (o->publish_by != NULL && strcmp(o->publish_by, "post") == 0) {
    post_body(o, body, sizeof body);
    use_bare_wires(&f, &wire_websocket, &wire_post, "websocket", "emit", body);
  } else if (o->publish_by == NULL || strcmp(o->publish_by, "websocket") == 0) {
    snprintf(body, sizeof body, "{\"emit\":\"%s\",\"args\":[\"{message}\"]}", o->publish_event);
    use_bare_wires(&f, &wire_websocket, &wire_websocket, "websocket", "websocket", body);
  } else {
    fail("--publish-by is websocket or post, not %s", o->publish_by);
  }
  run(&f, r);
}
