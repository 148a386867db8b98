#include "upgrade.h"

#include "frame.h"
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

static void open_session(connection *c, slice key) {
  char accept[29];
  sha1_accept((const char *)key.bytes, key.length, accept);
  buffer_print(&c->out,
               "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
               accept);
  size_t mark = frame_begin(&c->out);
  buffer_print(&c->out,
               "0{\"sid\":\"probe%d\",\"upgrades\":[],\"pingInterval\":%d,\"pingTimeout\":20000,"
               "\"maxPayload\":1000000}",
               c->watch.fd, PROBE_PING_SECONDS * 1000);
  frame_end(&c->out, mark, FRAME_TEXT, 0);
  c->wire = WIRE_WEBSOCKET;
}

static void open_event_stream(connection *c) {
  buffer_text(&c->out,
              "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
              "Cache-Control: no-cache\r\n\r\nretry: 1000\n\n");
  c->wire = WIRE_EVENT_STREAM;
}

size_t upgrade_take(connection *c, const uint8_t *bytes, size_t count) {
  const uint8_t *end = memmem(bytes, count, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  slice head = {bytes, (size_t)(end - bytes) + 4};
  slice key = header(head, "Sec-WebSocket-Key");
  if (key.length > 0) {
    open_session(c, key);
  } else if (head.length > 4 && memcmp(bytes, "GET ", 4) == 0) {
    open_event_stream(c);
  } else {
    connection_end(c);
    return count;
  }
  connection_sends(c);
  return head.length;
}
