#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "channel.h"
#include "failure.h"
#include "request.h"
#include "session.h"

void connections_add(connections *list, connection *c) {
  if (list->count == list->capacity) {
    list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
    list->items = realloc(list->items, list->capacity * sizeof *list->items);
    if (list->items == NULL) fail("no memory for %zu connections", list->capacity);
  }
  list->items[list->count++] = c;
}

// Hands what was read to the wire; what it leaves is an unfinished message.
static size_t take(connection *c, uint8_t *bytes, size_t count) {
  size_t taken = 0, more = 1;
  while (c->wire == WIRE_HTTP && more > 0) {
    more = request_take(c, bytes + taken, count - taken);
    taken += more;
  }
  if (c->wire == WIRE_HTTP) return taken;
  if (c->wire == WIRE_EVENT_STREAM) return count;
  return taken + session_take(c, bytes + taken, count - taken);
}

static void read_some(connection *c) {
  uint8_t *input = c->probe->input;
  size_t held = c->in.used;
  if (held > sizeof c->probe->input - PROBE_INPUT) return connection_end(c);
  if (held > 0) memcpy(input, c->in.bytes, held);
  ssize_t count = recv(c->watch.fd, input + held, PROBE_INPUT, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) return connection_end(c);
  size_t total = held + (size_t)count;
  size_t taken = take(c, input, total);
  c->in.used = 0;
  if (c->is_over) return;
  if (taken < total) buffer_add(&c->in, input + taken, total - taken);
  else if (c->in.capacity > 0) buffer_free(&c->in);
}

static void ready(watch *w, uint32_t events) {
  connection *c = (connection *)w;
  if (c->is_over) return;
  if (events & EPOLLOUT) connection_write(c, (slice){0});
  if (!c->is_over && events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_some(c);
}

void connection_accept(watch *listener, uint32_t events) {
  (void)events;
  probe *p = (probe *)((char *)listener - offsetof(probe, listener));
  for (;;) {
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection *c = calloc(1, sizeof *c);
    if (c == NULL) fail("no memory for a connection");
    c->watch = (watch){.fd = fd, .ready = ready};
    c->probe = p;
    c->place = p->all.count;
    connections_add(&p->all, c);
    loop_watch(&p->loop, &c->watch, EPOLLIN);
  }
}

void connection_sends(connection *c) {
  if (c->probe->writes_each) return connection_write(c, (slice){0});
  if (c->is_touched) return;
  c->is_touched = true;
  connections_add(&c->probe->touched, c);
}

static void wait_for_room(connection *c, bool waits) {
  if (c->is_waiting == waits) return;
  c->is_waiting = waits;
  loop_rewatch(&c->probe->loop, &c->watch, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

// Keeps what the socket did not take: `written` bytes of `out` and then of `more` are gone.
static void keep_rest(connection *c, slice more, size_t written) {
  if (written >= c->out.used) {
    written -= c->out.used;
    c->out.used = 0;
    buffer_add(&c->out, more.bytes + written, more.length - written);
  } else {
    buffer_drop(&c->out, written);
    buffer_add(&c->out, more.bytes, more.length);
  }
}

void connection_write(connection *c, slice more) {
  if (c->is_over || c->out.used + more.length == 0) return;
  struct iovec parts[2] = {
      {c->out.bytes, c->out.used}, {(void *)(uintptr_t)more.bytes, more.length}};
  int first = c->out.used == 0 ? 1 : 0, count = more.length == 0 ? 1 - first : 2 - first;
  struct msghdr message = {.msg_iov = parts + first, .msg_iovlen = (size_t)count};
  ssize_t written = sendmsg(c->watch.fd, &message, MSG_NOSIGNAL);
  if (written < 0 && errno != EAGAIN && errno != EINTR) return connection_end(c);
  keep_rest(c, more, written < 0 ? 0 : (size_t)written);
  if (c->out.used > PROBE_BACKLOG) return connection_end(c);
  wait_for_room(c, c->out.used > 0);
}

void connection_end(connection *c) {
  if (c->is_over) return;
  c->is_over = true;
  channel_leave(c);
  loop_forget(&c->probe->loop, &c->watch);
  close(c->watch.fd);
  connections *all = &c->probe->all;
  connection *last = all->items[--all->count];
  all->items[c->place] = last;
  last->place = c->place;
  connections_add(&c->probe->over, c);
}

void connection_bury(probe *p) {
  for (size_t i = 0; i < p->over.count; i++) {
    connection *c = p->over.items[i];
    buffer_free(&c->in);
    buffer_free(&c->out);
    free(c);
  }
  p->over.count = 0;
}
