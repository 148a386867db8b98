// A fan-out: subscribers that all get what some publishers publish. It knows who has what, and when
// a publication is complete. Scenarios say by which wires, and at what pace.
#ifndef LOAD_FAN_H
#define LOAD_FAN_H

#include "client.h"
#include "memo.h"
#include "window.h"

typedef struct fan {
  stage *stage;
  const wire *subscribing, *publishing;
  const char *subscribe_path, *publish_path;  // NULL when the wire knows its own
  bool asks_to_subscribe;                     // by an event, which is acked
  message message;
  size_t subscriber_count, sender_count;
  tally tally;

  memo memo;
  struct subscriber *subscribers;
  struct sender *senders;
  size_t live;         // subscribers that are there
  uint32_t slots;      // publications of a sender that are known, a power of two
  uint32_t in_flight;  // closed loop: publications that a sender keeps on their way; 0 when open
  uint64_t began;      // open loop: when the timetable starts
  uint64_t interval;   // open loop: between one publication and the next
  uint64_t released;   // open loop: publications that were due
} fan;

/// Over Socket.IO, with the events, numbers and channel of the options.
fan fan_of_options(stage *s);
/// Brings in everybody that `f` asks for.
void fan_join(fan *f);
/// Starts a closed loop.
void fan_start(fan *f, uint32_t in_flight);
/// Starts a timetable of publications, from now on; times count from when they were due.
void fan_start_timetable(fan *f, double publications_per_second);
/// Runs the loop, and the timetable if there is one, until the time `until`.
void fan_run(fan *f, uint64_t until);
/// The options' warm-up, then `seconds` that count.
void fan_measure(fan *f, window *w, double seconds);
/// Publishes nothing more, waits for what is on its way, and counts what is lost.
void fan_finish(fan *f);

#endif
