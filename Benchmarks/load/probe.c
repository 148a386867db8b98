// The limit probe: serves the events of Benchmarks/apps/bench.lua from one epoll thread in C, with
// as little between the system calls as the protocol allows. What a real server reaches is measured
// against this. It trusts its clients and is no server to use.
//
//   perigee-probe [--port N] [--each]
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "connection.h"
#include "failure.h"
#include "session.h"

static void listen_on(probe *p, uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_system("socket");
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(fd, (struct sockaddr *)&address, size) < 0) fail_system("bind to port %u", port);
  if (listen(fd, 4096) < 0) fail_system("listen");
  if (getsockname(fd, (struct sockaddr *)&address, &size) < 0) fail_system("getsockname");
  p->listener = (watch){.fd = fd, .ready = connection_accept};
  loop_watch(&p->loop, &p->listener, EPOLLIN);
  printf("listening on http://127.0.0.1:%u\n", ntohs(address.sin_port));
  fflush(stdout);
}

static void ping_everyone(probe *p) {
  for (size_t i = p->all.count; i > 0; i--) {
    connection *c = p->all.items[i - 1];
    if (c->wire == WIRE_SOCKETIO) session_ping(c);
  }
}

static void end_round(probe *p) {
  channel_end_round(p);
  for (size_t i = 0; i < p->touched.count; i++) {
    connection *c = p->touched.items[i];
    c->is_touched = false;
    if (!c->is_waiting) connection_write(c, (slice){0});
  }
  p->touched.count = 0;
  connection_bury(p);
}

static void serve(probe *p) {
  uint64_t interval = PROBE_PING_SECONDS * CLOCK_SECOND;
  uint64_t next_ping = clock_now() + interval;
  for (;;) {
    loop_turn(&p->loop, next_ping);
    if (p->loop.now >= next_ping) {
      ping_everyone(p);
      next_ping += interval;
    }
    end_round(p);
  }
}

int main(int count, char **arguments) {
  static probe p;
  long port = 0;
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--each") == 0) {
      p.writes_each = true;
    } else if (strcmp(arguments[i], "--port") == 0 && i + 1 < count) {
      char *end;
      port = strtol(arguments[++i], &end, 10);
      if (*end != 0 || port < 0 || port > 65535) fail("--port %s is no port", arguments[i]);
    } else {
      fail("unknown option %s; use [--port N] [--each]", arguments[i]);
    }
  }
  loop_raise_descriptor_limit();
  loop_open(&p.loop);
  listen_on(&p, (uint16_t)port);
  serve(&p);
}
