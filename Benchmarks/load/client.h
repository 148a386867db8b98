// One connection to the server: dials, reads, writes, closes. Its wire turns bytes into messages,
// its role acts on them. Clients stay where they are in memory until the run is over.
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include "chunks.h"
#include "message.h"
#include "stage.h"

typedef enum phase { PHASE_IDLE, PHASE_DIALING, PHASE_JOINING, PHASE_LIVE, PHASE_OVER } phase;

struct client;

/// A protocol: how a client speaks.
typedef struct wire {
  /// The socket is connected: ask to be let in.
  void (*open)(struct client *c);
  /// Takes whole messages off the front; returns the bytes used. The rest comes again, with more.
  size_t (*take)(struct client *c, uint8_t *bytes, size_t count);
  /// Appends a message to what is to be written; NULL when clients only read.
  void (*send)(struct client *c, const message *m, token t);
} wire;

/// What a client is for.
typedef struct role {
  /// The server let it in. `client_joined` is to be called once nothing more is needed.
  void (*ready)(struct client *c);
  /// A message came; `stage->loop.now` is when it was read.
  void (*text)(struct client *c, const uint8_t *text, size_t length);
  /// It is over, for the reason in `c->reason`, and was not closed from here.
  void (*closed)(struct client *c);
} role;

typedef struct client {
  watch watch;
  stage *stage;
  const wire *wire;
  const role *role;
  const target *target;
  const char *path;  // of the request
  buffer in;         // an unfinished message
  buffer out;        // what is to be written
  struct client *next_dirty;
  phase phase;
  bool is_dirty, is_waiting, is_joining, is_stalled;
  bool is_answered;  // the head of the answer to the request is read
  bool is_chunked;   // event streams: the body comes in chunks
  chunks chunks;
  size_t decoded;  // event streams: bytes of `in` that are out of their chunks already
  char reason[96];
} client;

/// Begins to connect, to the stage's target if the client names none. The client must be zero but for
/// what it names, or over. A narrow one takes in hardly anything that it does not read.
void client_dial(client *c, stage *s, const wire *w, const role *r, bool is_narrow);
/// The client is where the scenario wants it.
void client_joined(client *c);
/// Says that `out` has grown; it is written when the round ends, or the client's turn does.
void client_sends(client *c);
void client_flush(client *c);
/// Ends it because of the server; in the middle of joining that ends the program.
void client_lost(client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Ends it from here, without a word.
void client_close(client *c);
/// Stops reading: what the server sends stays in the sockets' buffers, and its end goes unnoticed.
void client_stall(client *c);
/// Reads again.
void client_unstall(client *c);

/// Socket.IO over WebSocket: `open` also joins the namespace; `text` gets events and acks from the
/// Engine.IO type on (`42…`, `43…`).
extern const wire wire_socketio;
/// An event with the message as its argument, in the namespace of the options.
message socketio_event(const options *o, const char *event, bool asks_for_ack);
/// Emits an event; `arguments` is JSON without brackets, the ack's number is 0.
void socketio_emit(client *c, const char *event, const char *arguments, bool asks_for_ack);
/// Asks for the channel of the options; the answer is an ack.
void socketio_subscribe(client *c);
/// Says goodbye to the namespace and to the server, which then closes.
void socketio_leave(client *c);
/// Plain WebSocket: `text` gets text frames.
extern const wire wire_websocket;
/// Server-sent events: `text` gets what stands after `data:` in each line.
extern const wire wire_events;
/// HTTP POST on a kept-alive connection, one at a time: `text` gets each answer's body.
extern const wire wire_post;

#endif
