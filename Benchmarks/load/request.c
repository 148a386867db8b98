#include "request.h"

#include <stdlib.h>

#include "channel.h"
#include "frame.h"
#include "session.h"
#include "sha1.h"

// The value of a header, without the spaces before it.
static slice header(slice head, const char *name) {
  size_t length = strlen(name);
  const char *at = (const char *)head.bytes, *end = at + head.length;
  while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
    at++;
    if ((size_t)(end - at) <= length || strncasecmp(at, name, length) != 0) continue;
    if (at[length] != ':') continue;
    at += length + 1;
    while (at < end && *at == ' ') at++;
    const char *stop = memchr(at, '\r', (size_t)(end - at));
    return (slice){(const uint8_t *)at, (size_t)((stop != NULL ? stop : end) - at)};
  }
  return (slice){0};
}

// What stands between the method and the version.
static slice path_of(slice head) {
  const uint8_t *start = memchr(head.bytes, ' ', head.length);
  if (start == NULL) return (slice){0};
  start++;
  size_t left = head.length - (size_t)(start - head.bytes);
  const uint8_t *end = memchr(start, ' ', left);
  return (slice){start, end != NULL ? (size_t)(end - start) : left};
}

static bool mentions(slice path, const char *word) {
  return memmem(path.bytes, path.length, word, strlen(word)) != NULL;
}

// The path up to its second slash.
static slice namespace_of(slice path) {
  const uint8_t *end = path.length > 1 ? memchr(path.bytes + 1, '/', path.length - 1) : NULL;
  return (slice){path.bytes, end != NULL ? (size_t)(end - path.bytes) : path.length};
}

static void upgrade(connection *c, slice path, slice key) {
  char accept[29];
  sha1_accept((const char *)key.bytes, key.length, accept);
  buffer_print(&c->out,
               "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
               accept);
  if (mentions(path, "EIO=4")) {
    c->wire = WIRE_SOCKETIO;
    session_open(c);
  } else {
    c->wire = WIRE_WEBSOCKET;
    channel_enter(c, namespace_of(path));
    if (mentions(path, "channel=")) channel_subscribe(c);
  }
}

static void open_event_stream(connection *c, slice path) {
  buffer_text(&c->out,
              "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
              "Cache-Control: no-cache\r\n\r\nretry: 1000\n\n");
  c->wire = WIRE_EVENT_STREAM;
  channel_enter(c, namespace_of(path));
  channel_subscribe(c);
}

// Publishes what was posted; returns the bytes used.
static size_t take_post(connection *c, slice head, size_t count) {
  slice length = header(head, "Content-Length");
  size_t size = length.bytes != NULL ? strtoul((const char *)length.bytes, NULL, 10) : 0;
  if (count - head.length < size) return 0;
  session_emit(c, namespace_of(path_of(head)), (slice){head.bytes + head.length, size});
  buffer_text(&c->out, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"ack\":[]}");
  return head.length + size;
}

size_t request_take(connection *c, const uint8_t *bytes, size_t count) {
  const uint8_t *end = memmem(bytes, count, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  slice head = {bytes, (size_t)(end - bytes) + 4};
  slice path = path_of(head), key = header(head, "Sec-WebSocket-Key");
  size_t taken = head.length;
  if (memcmp(bytes, "POST", 4) == 0) {
    taken = take_post(c, head, count);
  } else if (key.length > 0) {
    upgrade(c, path, key);
  } else if (mentions(path, "/events")) {
    open_event_stream(c, path);
  } else {
    buffer_text(&c->out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  }
  if (taken > 0) connection_sends(c);
  return taken;
}
