// The scenarios: each brings its clients in, lets them do their work, and reports what it found.
#ifndef LOAD_SCENARIO_H
#define LOAD_SCENARIO_H

#include "report.h"
#include "stage.h"

/// Every connection keeps messages in flight; each is answered by an ack, or an event.
void scenario_echo(stage *s, report *r);
/// Publishers publish again when their oldest publication has reached every subscriber.
void scenario_fan_out(stage *s, report *r);
/// The same with server-sent events, published by HTTP POST.
void scenario_sse_fan_out(stage *s, report *r);
/// The same with plain WebSocket, published so too, or by HTTP POST.
void scenario_ws_fan_out(stage *s, report *r);
/// Publications at a fixed rate; times count from when they were due.
void scenario_latency(stage *s, report *r);
/// The same, with subscribers that never read.
void scenario_stalled(stage *s, report *r);
/// Publications in a closed loop on many channels, each with one subscriber.
void scenario_channels(stage *s, report *r);
/// Clients that connect, join, leave, and come again.
void scenario_connect(stage *s, report *r);
/// Connections that are only there.
void scenario_idle(stage *s, report *r);

#endif
