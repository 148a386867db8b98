#include "client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "failure.h"

// Edge-triggered: a client that was read is not looked at again in the next round.
#define READABLE (EPOLLIN | EPOLLRDHUP | EPOLLET)

// Puts what is held of an unfinished message before what is read, and holds what is left over.
static void take(client *c, size_t count) {
  uint8_t *input = c->stage->input;
  size_t taken = c->wire->take(c, input, count);
  if (c->phase == PHASE_OVER) return;
  size_t left = count - taken;
  if (left > STAGE_LONGEST) return client_lost(c, "the server's message is too long");
  c->in.used = 0;
  if (left > 0) buffer_add(&c->in, input + taken, left);
  else if (c->in.capacity > 0) buffer_free(&c->in);
}

// Reads once; true when there is more to read. A read that is not filled has emptied the socket.
static bool read_some(client *c, bool has_ended) {
  uint8_t *input = c->stage->input;
  size_t held = c->in.used;
  if (held > 0) memcpy(input, c->in.bytes, held);
  ssize_t count = recv(c->watch.fd, input + held, STAGE_INPUT, 0);
  if (count < 0 && errno == EAGAIN) return false;
  if (count < 0) client_lost(c, "%s", errno == ECONNRESET ? "reset" : strerror(errno));
  if (count == 0) client_lost(c, "end of stream");
  if (count <= 0) return false;
  c->stage->loop.now = clock_now();
  take(c, held + (size_t)count);
  return c->phase != PHASE_OVER && !c->is_stalled && (has_ended || count == STAGE_INPUT);
}

static void connected(client *c) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(c->watch.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return client_lost(c, "cannot connect: %s", strerror(error));
  c->phase = PHASE_JOINING;
  c->is_waiting = false;
  loop_rewatch(&c->stage->loop, &c->watch, READABLE);
  c->wire->open(c);
}

static void ready(watch *w, uint32_t events) {
  client *c = (client *)w;
  if (c->phase == PHASE_OVER) return;
  if (c->phase == PHASE_DIALING) {
    connected(c);
  } else if (events & (READABLE | EPOLLHUP | EPOLLERR)) {
    bool has_ended = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    while (read_some(c, has_ended)) continue;
  }
  if (c->phase != PHASE_OVER) client_flush(c);
}

void client_dial(client *c, stage *s, const wire *w, const role *r, bool is_narrow) {
  if (c->target == NULL) c->target = &s->target;
  int fd = target_dial(c->target, s->dialed++, is_narrow);
  if (fd < 0) fail_system("cannot connect client %zu", s->dialed);
  c->watch = (watch){.fd = fd, .ready = ready};
  c->stage = s;
  c->wire = w;
  c->role = r;
  c->phase = PHASE_DIALING;
  c->is_waiting = c->is_joining = true;
  c->is_answered = c->is_chunked = c->is_stalled = false;
  c->decoded = 0;
  c->chunks = (chunks){0};
  c->reason[0] = 0;
  s->joining++;
  loop_watch(&s->loop, &c->watch, EPOLLOUT);
}

void client_joined(client *c) {
  if (!c->is_joining) return;
  c->is_joining = false;
  c->stage->joining--;
}

void client_sends(client *c) {
  if (c->is_dirty) return;
  c->is_dirty = true;
  c->next_dirty = c->stage->dirty;
  c->stage->dirty = c;
}

void client_flush(client *c) {
  if (c->out.used == 0 || c->phase == PHASE_OVER || c->phase == PHASE_DIALING) return;
  ssize_t written = send(c->watch.fd, c->out.bytes, c->out.used, MSG_NOSIGNAL);
  if (written < 0 && errno != EAGAIN && errno != EINTR) {
    return client_lost(c, "cannot write: %s", strerror(errno));
  }
  buffer_drop(&c->out, written < 0 ? 0 : (size_t)written);
  bool waits = c->out.used > 0;
  if (waits == c->is_waiting) return;
  c->is_waiting = waits;
  loop_rewatch(&c->stage->loop, &c->watch, waits ? READABLE | EPOLLOUT : READABLE);
}

void client_close(client *c) {
  if (c->phase == PHASE_OVER || c->phase == PHASE_IDLE) return;
  c->phase = PHASE_OVER;
  client_joined(c);
  if (!c->is_stalled) loop_forget(&c->stage->loop, &c->watch);
  close(c->watch.fd);
  buffer_free(&c->in);
  c->out.used = 0;
}

void client_lost(client *c, const char *format, ...) {
  char reason[sizeof c->reason];
  va_list values;
  va_start(values, format);
  vsnprintf(reason, sizeof reason, format, values);
  va_end(values);
  memcpy(c->reason, reason, sizeof reason);
  if (c->is_joining) fail("a client was not let in: %s", c->reason);
  client_close(c);
  if (c->role->closed != NULL) c->role->closed(c);
}

void client_stall(client *c) {
  c->is_stalled = true;
  loop_forget(&c->stage->loop, &c->watch);
}

void client_unstall(client *c) {
  if (!c->is_stalled) return;
  c->is_stalled = false;
  loop_watch(&c->stage->loop, &c->watch, READABLE);
}
