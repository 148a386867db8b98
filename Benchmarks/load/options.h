// What the command line says. Every option has a default; scenarios use those that concern them.
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>

typedef struct options {
  const char *scenario;
  const char *url, *publish_url, *path, *namespace;
  double warmup, duration;  // seconds
  long pid;                 // of the server, whose CPU time and memory are read; 0 for none
  bool json;

  long connections, in_flight, payload;
  const char *event, *reply_event;  // no reply event: an ack is the reply

  long subscribers, publishers;
  const char *subscribe_event, *channel, *publish_event;
  long channels;
  const char *join_event, *say_event;
  double rate;  // deliveries a second
  long stalled;
  long lanes;

  const char *kind;          // of idle connections: websocket or sse
  double hold;               // seconds
  const char *with_fan_out;  // SUBSCRIBERS:RATE

  const char *subscribe_path, *publish_path, *publish_body, *publish_by;
} options;

/// Reads the command line; ends the program when it makes no sense, or when it asks for help.
options options_read(int count, char **arguments);

#endif
