// The scenarios: each brings its clients in, lets them do their work, and reports what it found.
#ifndef LOAD_SCENARIO_H
#define LOAD_SCENARIO_H

#include "report.h"
#include "stage.h"

/// Every connection keeps messages in flight; each is answered by an ack, or an event.
void scenario_echo(stage *s, report *r);
/// Publishers publish again when their oldest publication has reached every subscriber.
void scenario_fan_out(stage *s, report *r);

#endif
