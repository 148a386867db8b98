// Socket.IO v5 packets as text (after the Engine.IO type `4`), taken apart and put together.
// Pure; the JSON inside is not looked into.
#ifndef LOAD_PACKET_H
#define LOAD_PACKET_H

#include <stdbool.h>

#include "buffer.h"

enum {
  PACKET_CONNECT = '0',
  PACKET_DISCONNECT = '1',
  PACKET_EVENT = '2',
  PACKET_ACK = '3',
  PACKET_CONNECT_ERROR = '4'
};

/// A piece of somebody else's text.
typedef struct slice {
  const uint8_t *bytes;
  size_t length;
} slice;

typedef struct packet {
  char kind;
  slice namespace;  // empty for `/`
  bool has_id;
  uint64_t id;
  slice body;  // JSON, or empty
} packet;

/// Takes the text of a packet apart; false when it is none.
bool packet_read(const uint8_t *text, size_t length, packet *p);
/// Appends `4`, the kind, the namespace and the id if there is one: all before the body.
void packet_add_head(buffer *b, char kind, slice namespace, const uint64_t *id);
/// Splits an event's body: its name (as it stands between the quotes), and its arguments without
/// brackets. False when the body is no array that begins with a string.
bool packet_event(slice body, slice *name, slice *arguments);

slice slice_of(const char *text);
bool slice_is(slice s, const char *text);

#endif
