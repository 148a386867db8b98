// The door between Swift and Lua. Swift calls in with bytes and numbers; what the scripts want done
// waits in an outbox that Swift reads afterwards. Nothing here raises, nothing calls back into
// Swift (the two queries apart, which only fill a buffer), so no longjmp ever meets a Swift
// frame. A host belongs to one thread at a time; it may move between threads while idle.
#ifndef PERIGEE_LUA_H
#define PERIGEE_LUA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One app's Lua state with its sockets, timers, suspended handlers and outbox.
typedef struct pg_host pg_host;

/// Bytes that grow; the handshake query writes its answer into one.
typedef struct pg_buffer pg_buffer;

/// What the states of one app have in common: values by keys, from any thread.
typedef struct pg_shared pg_shared;

/// Why something failed.
typedef enum pg_code {
  PG_OK = 0,
  PG_SYNTAX = 1,
  PG_RUNTIME = 2,
  PG_MEMORY = 3,
  PG_TIME = 4,
  PG_INSTRUCTIONS = 5,
  PG_LIMIT = 6,
  PG_STATE = 7,
} pg_code;

/// Bounds of one host. Times are nanoseconds; 0 instructions means no instruction budget.
typedef struct pg_limits {
  size_t memory_bytes;
  int64_t event_nanoseconds;
  int64_t load_nanoseconds;
  int64_t event_instructions;
  size_t outbox_bytes;
  size_t suspended_handlers;
  size_t timers;
  int json_depth;
  size_t presence_entries;     // clients of this host that may be tracked
  size_t presence_meta_bytes;  // of each, as JSON text
} pg_limits;

/// A failed load. The pointers stay valid until the next call of `pg_load` or `pg_destroy`.
typedef struct pg_failure {
  pg_code code;
  const char *message;
  const char *file;       // NULL when unknown
  int line;               // 0 when unknown
  const char *traceback;  // NULL when there is none
} pg_failure;

/// What a script asked the host to do. The meaning of the fields by kind:
typedef enum pg_kind {
  PG_NONE = 0,          // withdrawn: skip it
  PG_EMIT = 1,          // socket, number = ack id or -1, body = args array, attachments,
                        // flag = volatile or, with name = key, of which the newest counts;
                        // code = 1: an error in place of the ack `ack`
  PG_ACK = 2,           // socket, number = ack id, body = args array, attachments
  PG_BROADCAST = 3,     // namespace, rooms, excepted, socket = left out (0: nobody), body,
                        // flag and name as of PG_EMIT
  PG_PUBLISH = 4,       // namespace, name = channel, body = args array, inner = the message's text;
                        // flag = a handler waits for what becomes of it, number = its token
  PG_JOIN = 5,          // socket, name = room
  PG_LEAVE = 6,         // socket, name = room
  PG_SUBSCRIBE = 7,     // socket, name = channel; flag = the client wants positions: then inner = the
                        // position that it has (or empty), ack = the ack id that the host answers
                        // (-1: none), body = the channel as the client named it, and for a model
                        // rooms[0] = its value as JSON text
  PG_UNSUBSCRIBE = 8,   // socket, name = channel
  PG_DISCONNECT = 9,    // socket, flag = close the whole connection
  PG_ACCEPT = 10,       // socket
  PG_REFUSE = 11,       // socket, name = message, body = data as JSON text or empty
  PG_SLEEP = 12,        // number = token, duration
  PG_AWAIT_ACK = 13,    // socket, ack = ack id, number = token, duration
  PG_TIMER_START = 14,  // number = timer, duration, flag = repeats
  PG_TIMER_CANCEL = 15, // number = timer, or, with flag, the token of a sleep or an awaited ack
  PG_LOG = 16,          // number = level (0 debug, 1 info, 2 warn, 3 error), body = text, namespace
  PG_FAILURE = 17,      // socket or 0, code, number = line, name = handler, body = message,
                        // inner = traceback, file in rooms[0] when known, namespace
  PG_VIOLATION = 18,    // socket, name = what the peer did wrong: close its connection
  PG_RESPOND = 19,      // socket, number = status, rooms = header names and values by turns, body,
                        // flag = a stream follows
  PG_STREAM = 20,       // socket, body = the next bytes of the response
  PG_STREAM_END = 21,   // socket, flag = it is not complete
  PG_LISTEN = 22,       // socket, name = channel, number = listener, namespace
  PG_UNLISTEN = 23,     // number = listener
  PG_HISTORY = 24,      // namespace, name = channel, number = messages to keep (-1: as configured),
                        // duration = for how long (below 0: as configured), ack = whether it is
                        // durable (1, 0; -1: as configured)
  PG_KEEP = 25,         // name = a persistent model, body = its value: store it
  PG_TRACK = 30,        // socket, name = channel, body = key, inner = meta, a JSON object
  PG_UNTRACK = 31,      // socket, name = channel
  PG_WATCH = 32,        // socket, name = channel
  PG_UNWATCH = 33,      // socket, name = channel
  PG_ASK = 34,          // code = pg_question, namespace, rooms, excepted, body = args array and
                        // attachments of what is asked, flag = volatile, duration = for how long
                        // answers count, number = token (0: no answer is wanted)
  PG_CHANGE = 35,       // code = pg_change_kind, namespace, rooms, excepted, name = room: the other
                        // nodes change their clients
  PG_ANSWER = 36,       // number = question, body = JSON text and attachments, flag = the last part;
                        // name = why there is no answer, or empty
} pg_kind;

/// What is asked of the nodes that serve the app.
typedef enum pg_question {
  PG_FETCH = 1,   // which clients a target reaches
  PG_GATHER = 2,  // their acks
  PG_SERVER = 3,  // what the handler of an event between nodes returns
} pg_question;

/// What becomes of the clients of a target.
typedef enum pg_change_kind {
  PG_JOINS = 1,
  PG_LEAVES = 2,
  PG_IS_DISCONNECTED = 3,
  PG_IS_CLOSED = 4,  // the whole connection
} pg_change_kind;

/// A run of bytes in the outbox's text (or, for attachments, in its blobs).
typedef struct pg_span {
  uint32_t offset;
  uint32_t length;
} pg_span;

typedef struct pg_command {
  uint8_t kind;
  uint8_t code;            // pg_code of a failure
  bool flag;
  uint16_t room_count;     // spans[list ..< list + room_count]
  uint16_t except_count;   // the spans after the rooms
  uint16_t attachment_count; // the spans after those, into the blobs
  uint32_t list;
  int32_t name_space;      // index for pg_namespace_name, -1: none
  uint64_t socket;
  int64_t number;
  int64_t ack;
  double duration;         // seconds
  pg_span name;
  pg_span body;
  pg_span inner;
} pg_command;

/// Everything the last runs asked for, in order. Valid until the next call that runs or clears.
typedef struct pg_outbox_view {
  const pg_command *commands;
  size_t count;
  const pg_span *spans;
  const uint8_t *text;
  const uint8_t *blobs;
} pg_outbox_view;

/// Writes the handshake of a socket as JSON text with `pg_buffer_write`; false: there is none.
typedef bool (*pg_handshake_query)(void *context, uint64_t socket, pg_buffer *into);

/// Which channel `perigee.presence` asks about; `key` is NULL when it is about everybody.
typedef struct pg_presence_question {
  const char *name_space;
  const char *channel;
  size_t channel_length;
  const char *key;
  size_t key_length;
} pg_presence_question;

/// Writes who is present as JSON text: an object from keys to lists of metas, or the list of one key.
/// False: nobody.
typedef bool (*pg_presence_query)(void *context, const pg_presence_question *question,
                                  pg_buffer *into);

/// Whether a text, valid UTF-8, is in Unicode's composed form.
typedef bool (*pg_text_query)(const void *text, size_t length);

/// NULL when there is not enough memory for an empty state.
pg_host *pg_create(const char *app, const char *version, const pg_limits *limits, bool development,
                   pg_handshake_query query, void *context);
void pg_destroy(pg_host *host);
/// Who is asked about names that are not ASCII; without it all are composed.
void pg_set_text_query(pg_host *host, pg_text_query query);
/// Who is asked by `perigee.presence`, with the context of the handshake query.
void pg_set_presence_query(pg_host *host, pg_presence_query query);
/// Says which of an app's states this is, from 1, and what they have in common, which must outlive them;
/// before the first load. `keeps_history`: whether channels can be durable.
void pg_set_worker(pg_host *host, int worker, int workers, pg_shared *shared, bool keeps_history);
void pg_buffer_write(pg_buffer *buffer, const void *bytes, size_t length);

/// One file of the Lua part of this library; all of them before the first load, in their order.
void pg_prelude(pg_host *host, const char *name, const void *source, size_t length);

// A program is handed over piece by piece, then loaded as one step. Everything is copied.
void pg_program_begin(pg_host *host);
void pg_program_script(pg_host *host, const char *name_space, const char *file, const void *source,
                       size_t length);
void pg_program_module(pg_host *host, const char *name, const char *file, const void *source,
                       size_t length);
void pg_program_environment(pg_host *host, const char *name, const char *value);
/// A stored value, JSON text, for the persistent model `name` ("NAME" or "NAME:KEY").
void pg_program_kept(pg_host *host, const char *name, const void *json, size_t length);
/// Compiles and runs the program as a new generation; only success makes it the serving one.
bool pg_load(pg_host *host, pg_failure *failure);
// The same in two steps. Nothing but the second may be called after the first has succeeded.
/// Compiles and runs the program beside what serves.
bool pg_prepare(pg_host *host, pg_failure *failure);
/// Makes what was prepared the serving generation.
bool pg_commit(pg_host *host, pg_failure *failure);
/// Forgets what was prepared.
void pg_withdraw(pg_host *host);

/// The serving generation, 0 before the first.
int64_t pg_generation_number(const pg_host *host);
/// Namespaces of the serving generation.
size_t pg_script_count(const pg_host *host);
const char *pg_script_namespace(const pg_host *host, size_t index);
/// The name behind `pg_command.name_space`; NULL when there is none. An index is used again for
/// another name once no unread command has it: then its serial is another one.
const char *pg_namespace_name(const pg_host *host, size_t index);
/// Different for each name that an index ever stood for; 0: there is none.
uint64_t pg_namespace_serial(const pg_host *host, size_t index);
/// How many namespaces are in use besides those of scripts.
size_t pg_dynamic_namespace_count(const pg_host *host);

/// Routes of the serving generation: keys such as "GET /hello/:name" as the script wrote them, and
/// the namespaces whose scripts have them.
size_t pg_route_count(const pg_host *host);
const char *pg_route_key(const pg_host *host, size_t index);
const char *pg_route_namespace(const pg_host *host, size_t index);
/// Patterns of further namespaces that scripts of the serving generation answer for.
size_t pg_pattern_count(const pg_host *host);
const char *pg_pattern(const pg_host *host, size_t index);
const char *pg_pattern_namespace(const pg_host *host, size_t index);
/// Whether `pattern`, in which `*` is one or more bytes but `/`, stands for `name`.
bool pg_pattern_covers(const char *pattern, const char *name);
/// The namespace of the first script that defines `allow_request`; NULL when none does.
const char *pg_gate_namespace(const pg_host *host);

/// Models, widgets and schemas of the serving generation as a JSON object.
const char *pg_manifest(const pg_host *host);
/// Whether a persistent model has changed since the last `pg_keep`.
bool pg_keep_due(const pg_host *host);
/// Queues KEEP for each persistent model that has changed.
void pg_keep(pg_host *host);

/// Makes a socket known. `script` is the namespace of the script that serves it, which differs from
/// `name_space` when that one matched a pattern. False when no script serves it, or too many
/// namespaces are in use, or there is no memory.
bool pg_open(pg_host *host, uint64_t socket, const char *name_space, const char *script,
             const char *id, uint64_t session);
/// One binary attachment of the event or ack that the next call hands in; the bytes are copied.
void pg_attach(pg_host *host, const void *bytes, size_t length);
void pg_connect(pg_host *host, uint64_t socket, const void *auth, size_t length);
void pg_event(pg_host *host, uint64_t socket, const void *payload, size_t length, int64_t ack);
void pg_acknowledge(pg_host *host, uint64_t socket, int64_t ack, const void *payload,
                    size_t length);
void pg_disconnect(pg_host *host, uint64_t socket, const char *reason);
/// Like `pg_disconnect`, but what the scripts keep about the socket stays for `pg_rejoin`.
void pg_park(pg_host *host, uint64_t socket, const char *reason);
/// The parked socket's client is back: middleware and `on_connect` run again, with `self.recovered`.
void pg_rejoin(pg_host *host, uint64_t socket, const void *auth, size_t length);
/// The socket that was just opened is one that another host had: `self.recovered` is true.
void pg_restore(pg_host *host, uint64_t socket);
/// It was in this room. False when there is no memory.
bool pg_restore_room(pg_host *host, uint64_t socket, const char *name, size_t length);
/// The parked socket's client does not come back.
void pg_forget(pg_host *host, uint64_t socket);
/// Calls the route `key` (or "allow_request") for an opened socket, which ends with its response.
/// `request` is a JSON object; the first attachment is the body, the others are uploaded files.
void pg_request(pg_host *host, uint64_t socket, const char *key, const void *request,
                size_t length);
/// The client of a request has left; a stream's coroutine ends.
void pg_abandon(pg_host *host, uint64_t socket);
/// The client of a stream has taken `bytes`.
void pg_drained(pg_host *host, uint64_t socket, size_t bytes);
/// A message for a listener, as JSON text; attachments before.
void pg_publication(pg_host *host, uint64_t listener, const void *message, size_t length);
void pg_wake(pg_host *host, uint64_t token);
/// What has become of a publication that a handler waits for: it is `kept` at the position `text`, or it is
/// not, for that reason.
void pg_published(pg_host *host, uint64_t token, bool kept, const void *text, size_t length);

/// This node, `perigee.node`; `clustered`: there may be others. Before the first load.
void pg_set_node(pg_host *host, uint64_t node, bool clustered);
/// Another node serves the app, or does no more.
void pg_node_up(pg_host *host, uint64_t node);
void pg_node_down(pg_host *host, uint64_t node);

/// What of a question of another node, or of this one, is more than text. The first attachments are
/// the names of rooms, then of those that are left out; the rest belongs to the text.
typedef struct pg_asked {
  uint64_t question;  // what PG_ANSWER takes back; 0: no answer is wanted
  const char *name_space;
  size_t rooms, excepted;
  uint64_t node;      // who asks
  double seconds;     // to wait for acks
  bool is_volatile;
} pg_asked;

/// Changes the clients of this node that a target of another one reaches. `room`: which they join or
/// leave.
void pg_change(pg_host *host, const pg_asked *asked, pg_change_kind kind, const void *room,
               size_t length);
/// The clients that a target reaches now, as a list that is good until the next call; `*count` says
/// how many there are.
const uint64_t *pg_clients(pg_host *host, const pg_asked *asked, size_t *count);
/// Answers with what these clients are like.
void pg_describe(pg_host *host, uint64_t question, const uint64_t *sockets, size_t count,
                 bool is_last);
/// Sends the event, a complete args array, to the clients and answers with their acks.
void pg_gather(pg_host *host, const pg_asked *asked, const void *event, size_t length);
/// Calls the handler of an event between nodes, an args array, and answers with what it returns.
void pg_server_event(pg_host *host, const pg_asked *asked, const void *event, size_t length);
/// Keeps a part of an answer, JSON text, for the run of the token; attachments before.
void pg_answered(pg_host *host, uint64_t token, uint64_t node, const void *text, size_t length);
/// The run of the token goes on. `silent` is a JSON array with `node` and `reason` of those who gave
/// no answer.
void pg_settled(pg_host *host, uint64_t token, const void *silent, size_t length);
void pg_fire(pg_host *host, uint64_t timer);

pg_outbox_view pg_outbox_read(const pg_host *host);
void pg_outbox_clear(pg_host *host);

size_t pg_memory_used(const pg_host *host);
size_t pg_suspended_count(const pg_host *host);
size_t pg_timer_count(const pg_host *host);
bool pg_overflowed(const pg_host *host);
bool pg_was_interrupted(const pg_host *host);

/// One of several events of a client: where its payload is in their bytes, and its ack or -1.
typedef struct pg_event_place {
  int32_t start, length;
  int64_t ack;
} pg_event_place;

/// Dispatches events one after the other, as `pg_event` does, until one was stopped, took long, has
/// paused or filled the memory, or the outbox holds `commands` or 64 KiB. Returns how many were
/// dispatched.
size_t pg_events(pg_host *host, uint64_t socket, const void *bytes, const pg_event_place *events,
                 size_t count, size_t commands);

/// Processor time after which a run pauses, in nanoseconds; 0: none does.
void pg_set_slice(pg_host *host, int64_t nanoseconds);
/// Whether the last run used up its slice and ended before it could pause.
bool pg_was_lengthy(const pg_host *host);
/// Whether a run has paused. Nothing but `pg_continue` may be called then.
bool pg_is_paused(const pg_host *host);
/// Lets the paused run go on, on whatever thread this is; it may pause again.
void pg_continue(pg_host *host);

/// A store of at most `limit` bytes; NULL when there is no memory.
pg_shared *pg_shared_create(size_t limit);
void pg_shared_destroy(pg_shared *shared);
/// What is there stays, even if it is more.
void pg_shared_set_limit(pg_shared *shared, size_t limit);
size_t pg_shared_used(pg_shared *shared);
/// Moves the store's clock, by which values expire; for tests.
void pg_shared_advance(pg_shared *shared, int64_t nanoseconds);

#endif
