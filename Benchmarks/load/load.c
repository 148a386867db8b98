// The load generator: plays many clients of one server from one epoll thread, and measures how it
// takes that. `perigee-load --help` lists the scenarios and their options.
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "options.h"
#include "report.h"
#include "scenario.h"
#include "stage.h"

static const struct {
  const char *name;
  void (*run)(stage *s, report *r);
} scenarios[] = {
    {"echo", scenario_echo},
    {"fan-out", scenario_fan_out},
    {"latency", scenario_latency},
    {"stalled", scenario_stalled},
    {"connect", scenario_connect},
    {"idle", scenario_idle},
    {"sse-fan-out", scenario_sse_fan_out},
    {"ws-fan-out", scenario_ws_fan_out},
    {"channels", scenario_channels},
};

int main(int count, char **arguments) {
  static stage s;
  static report r;
  options o = options_read(count, arguments);
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
    if (strcmp(scenarios[i].name, o.scenario) != 0) continue;
    stage_open(&s, &o);
    report_text(&r, "scenario", o.scenario);
    scenarios[i].run(&s, &r);
    report_print(&r, o.json);
    return 0;
  }
  fail("there is no scenario %s; --help lists them", o.scenario);
}
