#include "options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"

typedef enum kind { TEXT, COUNT, SECONDS, FLAG } kind;

typedef struct option {
  const char *name;
  kind kind;
  size_t offset;
  const char *help;
} option;

#define OPTION(name, kind, field, help) {name, kind, offsetof(options, field), help}

static const option known[] = {
    OPTION("--url", TEXT, url, "the server, as http://HOST:PORT"),
    OPTION("--publish-url", TEXT, publish_url, "another node, to which publishers connect"),
    OPTION("--path", TEXT, path, "of Socket.IO (/socket.io/)"),
    OPTION("--namespace", TEXT, namespace, "of Socket.IO (/bench)"),
    OPTION("--warmup", SECONDS, warmup, "before anything counts (0.5)"),
    OPTION("--duration", SECONDS, duration, "of what counts (3)"),
    OPTION("--pid", COUNT, pid, "the server's process, to read its CPU time and memory"),
    OPTION("--json", FLAG, json, "one JSON object instead of a table"),
    OPTION("--connections", COUNT, connections, "echo: 100, idle: 10000"),
    OPTION("--in-flight", COUNT, in_flight, "messages that each sender keeps on their way (1)"),
    OPTION("--payload", COUNT, payload, "characters of a message's string, 24 or more (32)"),
    OPTION("--event", TEXT, event, "that is answered (echo)"),
    OPTION("--reply-event", TEXT, reply_event, "with which it is answered, instead of an ack"),
    OPTION("--subscribers", COUNT, subscribers, "of a fan-out (1000)"),
    OPTION("--publishers", COUNT, publishers, "of a fan-out (1)"),
    OPTION("--subscribe-event", TEXT, subscribe_event, "acked by the server (subscribe)"),
    OPTION("--channel", TEXT, channel, "its argument (fan)"),
    OPTION("--publish-event", TEXT, publish_event, "whose argument reaches everybody (publish)"),
    OPTION("--channels", COUNT, channels, "channels: how many, each with one subscriber (10)"),
    OPTION("--join-event", TEXT, join_event, "channels: acked, subscribes to its argument (join)"),
    OPTION("--say-event", TEXT, say_event, "channels: publishes on its first argument (say)"),
    OPTION("--rate", SECONDS, rate, "deliveries a second (100000)"),
    OPTION("--stalled", COUNT, stalled, "subscribers that never read (1)"),
    OPTION("--lanes", COUNT, lanes, "connect: clients at a time (16)"),
    OPTION("--kind", TEXT, kind, "idle: websocket (default, Socket.IO), sse, or plain WebSocket"),
    OPTION("--hold", SECONDS, hold, "idle: how long the connections are held (2)"),
    OPTION("--with-fan-out", TEXT, with_fan_out, "idle: meanwhile, SUBSCRIBERS:RATE"),
    OPTION("--subscribe-path", TEXT, subscribe_path, "sse-fan-out, ws-fan-out: of subscribers"),
    OPTION("--publish-path", TEXT, publish_path, "sse-fan-out, ws-fan-out: of publishers"),
    OPTION("--publish-body", TEXT, publish_body, "what is published; {message} is replaced"),
    OPTION("--publish-by", TEXT, publish_by, "ws-fan-out: websocket (default) or post"),
};

enum { KNOWN = sizeof known / sizeof known[0] };

_Noreturn static void help(void) {
  printf("perigee-load SCENARIO --url http://HOST:PORT [options]\n\n"
         "scenarios: echo, fan-out, latency, stalled, connect, idle, sse-fan-out, ws-fan-out, "
         "channels\n\n");
  for (size_t i = 0; i < KNOWN; i++) printf("  %-18s %s\n", known[i].name, known[i].help);
  exit(0);
}

static const option *find(const char *name) {
  for (size_t i = 0; i < KNOWN; i++) {
    if (strcmp(known[i].name, name) == 0) return &known[i];
  }
  fail("unknown option %s; --help lists them", name);
}

static double number(const char *name, const char *text) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end != 0 || !(value >= 0)) fail("%s %s is no number", name, text);
  return value;
}

static void set(options *o, const option *it, const char *value) {
  void *field = (char *)o + it->offset;
  if (it->kind == TEXT) *(const char **)field = value;
  if (it->kind == COUNT) *(long *)field = (long)number(it->name, value);
  if (it->kind == SECONDS) *(double *)field = number(it->name, value);
}

options options_read(int count, char **arguments) {
  options o = {
      .path = "/socket.io/", .namespace = "/bench", .warmup = 0.5, .duration = 3, .in_flight = 1,
      .payload = 32, .event = "echo", .subscribers = 1000, .publishers = 1,
      .subscribe_event = "subscribe", .channel = "fan", .publish_event = "publish",
      .channels = 10, .join_event = "join", .say_event = "say", .rate = 100000, .stalled = 1, .lanes = 16, .kind = "websocket", .hold = 2};
  for (int i = 1; i < count; i++) {
    const char *name = arguments[i];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) help();
    if (name[0] != '-') {
      if (o.scenario != NULL) fail("two scenarios: %s and %s", o.scenario, name);
      o.scenario = name;
      continue;
    }
    const option *it = find(name);
    if (it->kind == FLAG) {
      *(bool *)((char *)&o + it->offset) = true;
      continue;
    }
    if (i + 1 >= count) fail("%s needs a value", name);
    set(&o, it, arguments[++i]);
  }
  if (o.scenario == NULL) help();
  if (o.connections == 0) o.connections = strcmp(o.scenario, "idle") == 0 ? 10000 : 100;
  if (o.url == NULL) fail("--url is missing: where is the server?");
  if (o.payload < 24 || o.payload > 60000) fail("--payload is between 24 and 60000");
  if (o.namespace[0] != '/') fail("--namespace %s does not begin with /", o.namespace);
  if (o.in_flight < 1 || o.in_flight > 4096) fail("--in-flight is between 1 and 4096");
  return o;
}
