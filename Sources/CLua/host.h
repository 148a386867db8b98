// The parts of one host, for the C files of this target. Everything that can raise runs inside a
// protected call or a run (a coroutine); the rest touches only plain C data and existing slots.
#ifndef PG_HOST_H
#define PG_HOST_H

#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <signal.h>

#include "buffer.h"
#include "json_names.h"
#include "map.h"
#include "memory.h"
#include "namespace.h"
#include "outbox.h"
#include "watchdog.h"

// Bounds that are not settings; docs/lua.md lists them.
#define PG_MAX_EVENT_NAME 128     // bytes of an event's name that can have a handler
#define PG_MAX_CHANNEL_NAME 256   // bytes of a room's or channel's name
#define PG_MAX_POSITION 256       // bytes of a position that a client has
#define PG_MAX_ROOMS 1024         // rooms of one socket
#define PG_MAX_NAMESPACES 10000   // namespaces in use that only a pattern covers
#define PG_MAX_PATTERNS 100       // patterns of one script
#define PG_MAX_CHUNK ((size_t)1 << 20)  // bytes of source given to load
#define PG_MAX_SECONDS 1e9        // the longest sleep or timer
#define PG_MIN_PERIOD 0.001       // the shortest period of perigee.every
#define PG_MAX_ROUTES 1000        // routes of one script
#define PG_MAX_LISTENERS 10000    // channels that the handlers of one app listen to

/// One script of a generation. The references are into the registry.
typedef struct pg_script {
  const pg_namespace *ns;
  int handlers;  // the table that the script returned, or its globals
  bool guarded;  // the prelude is asked before its handlers
  int globals;
  int class_;    // the metatable of this script's `self` tables
  int routes;    // key -> function, LUA_NOREF: none
  char **patterns;  // of further namespaces that it serves
  size_t pattern_count;
} pg_script;

/// An HTTP route of a generation.
typedef struct pg_route {
  const pg_namespace *ns;
  char *key;
} pg_route;

typedef struct pg_generation {
  int64_t number;
  pg_script *scripts;
  size_t count;
  pg_route *routes;
  size_t route_count, route_capacity;
  const pg_namespace *gate;  // of the first script with allow_request; NULL: none has it
} pg_generation;

typedef struct pg_session {
  uint64_t key;
  int table;  // registry reference
  size_t sockets;
} pg_session;

/// A requested one stands for an HTTP request, not for a client that takes events. A parked one is like
/// a closed one to scripts, but may open again.
typedef enum pg_socket_state {
  PG_OPENED,
  PG_ACCEPTED,
  PG_REQUESTED,
  PG_PARKED,
  PG_CLOSED
} pg_socket_state;

typedef struct pg_socket {
  uint64_t handle;
  pg_named named;      // its id, among those of the namespace
  pg_namespace *ns;
  const pg_namespace *owner;  // of the script that served it first
  struct pg_socket *next, **link;  // in the namespace
  pg_session *session;
  pg_socket_state state;
  bool recovered;      // the client came back
  bool is_ending;      // it is disconnected: what it sends from now on is not heard
  uint32_t visit;      // counts how often it did
  int self;            // registry references, LUA_NOREF until needed
  int aliases;         // channel as the client named it -> channel as the script chose
  int presences;       // channel -> how it stands to the channel's presence
  uint32_t presence_count, tracked_count;  // of these; those on which it is tracked
  uint32_t room_count;
  uint32_t runs;       // runs under way or suspended that belong to it
  uint32_t timers;
  uint64_t stamp;      // the last selection that saw it
  struct pg_run *waiters;  // runs suspended in an emit_with_ack to it
  struct pg_awaited *awaited;  // its part in broadcasts that wait for acks
  pg_script *script;   // of `script_generation`; NULL: that one has no such namespace
  int64_t script_generation;
  int64_t generation;  // which one `self` belongs to
  const void *self_address;  // of that table, which the registry keeps alive
  struct pg_member *rooms;
  struct pg_exchange *exchange;   // the HTTP request that it stands for; NULL: it is a client
  struct pg_listener *listeners;  // that end with it
  char id[];
} pg_socket;

typedef enum pg_run_kind {
  PG_RUN_EVENT,
  PG_RUN_CONNECT,
  PG_RUN_DISCONNECT,
  PG_RUN_TIMER,
  PG_RUN_REQUEST,
  PG_RUN_ANSWER,  // to a node
  PG_RUN_LOAD,
} pg_run_kind;

typedef enum pg_wait {
  PG_WAIT_NOTHING,
  PG_WAIT_SLEEP,
  PG_WAIT_ACK,
  PG_WAIT_ROUND,    // for the acks of several sockets
  PG_WAIT_CREDIT,   // for the client of a stream
  PG_WAIT_MESSAGE,  // for a channel
  PG_WAIT_PUBLICATION,  // until it is kept
  PG_WAIT_NODES,    // for the answers of nodes
} pg_wait;

/// Why a suspended run goes on.
typedef enum pg_wakeup { PG_WOKEN, PG_ACKED, PG_GONE } pg_wakeup;

/// One call into the scripts, with the coroutine that carries it. Finished ones are used again.
typedef struct pg_run {
  lua_State *co;
  uint32_t slot;
  uint32_t serial;  // counts suspensions, so that old tokens miss
  pg_run_kind kind;
  pg_wait wait;
  pg_wakeup wakeup;
  bool suspended_before;
  pg_socket *socket;  // NULL: none
  uint32_t visit;     // of the socket, when the run began
  const pg_namespace *ns;
  const pg_namespace *home;  // the own one of the script at work, NULL while it is loaded
  int64_t ack;       // the client's ack id, -1: none wanted
  int64_t awaited;   // the ack that emit_with_ack waits for, and from whom
  pg_socket *awaited_socket;
  struct pg_round *round;  // the broadcast whose acks it waits for
  uint64_t timer;
  uint64_t question;           // that it has not answered to the end; 0: none
  size_t first_command;        // where the outbox stood when the run began
  struct pg_run *next;         // in the pool
  struct pg_run **queue;       // where it is listed while it waits; NULL: nowhere
  struct pg_run *next_waiter;  // in that list
  struct pg_listener *listeners;  // that end with it
  char label[PG_MAX_EVENT_NAME + 4];  // the handler's name, for reports
} pg_run;

typedef enum pg_owner { PG_OWNER_APP, PG_OWNER_GENERATION, PG_OWNER_SOCKET } pg_owner;

typedef struct pg_timer {
  uint32_t serial;
  bool active, repeats, busy;
  pg_owner owner;
  int64_t generation;
  uint64_t socket;
  const pg_namespace *ns;
  int function;  // registry reference
  uint32_t next_free;
} pg_timer;

/// JSON text and attachments that the current call handed in; gone when it returns.
typedef struct pg_input {
  const char *key;  // of the route
  const uint8_t *text;
  size_t length;
  pg_buffer blobs;
  pg_span *spans;
  size_t count, capacity;
} pg_input;

/// A program on its way in; see program.c.
typedef struct pg_piece {
  enum { PG_PIECE_SCRIPT, PG_PIECE_MODULE, PG_PIECE_VARIABLE, PG_PIECE_KEPT } kind;
  char *name, *file;
  char *bytes;
  size_t length;
} pg_piece;

typedef struct pg_program {
  pg_piece *pieces;
  size_t count, capacity;
  bool incomplete;  // there was no memory for a piece
} pg_program;

/// Why the current run is being stopped.
typedef enum pg_interrupt { PG_RUNNING, PG_OVER_TIME, PG_OVER_INSTRUCTIONS } pg_interrupt;

struct pg_host {
  lua_State *L;  // the main state: never runs handlers itself
  pg_limits limits;
  bool development;
  bool busy;  // inside a run: nothing else may enter
  int worker, workers;  // which of the app's states this is, from 1
  bool keeps_history;   // channels can be durable
  pg_shared *shared;    // what those states have in common
  pg_buffer shared_bytes;
  char *app, *version;
  pg_handshake_query query;
  pg_presence_query presence;
  pg_text_query is_composed;
  void *query_context;
  pg_buffer query_text;

  pg_memory memory;
  int collector_pause;  // collector.c
  bool overflowed;  // nearly all of the memory stayed in use after a collection

  // interrupt.c; the signal handler reads and writes these on the running thread
  pg_watch watch;
  lua_State *volatile current;
  volatile sig_atomic_t interrupt, must_pause;
  int pinned;   // coroutines of the run that cannot yield now
  bool paused;  // the run under way has yielded because it was lengthy, or overdue:
  bool killed;
  bool was_interrupted, was_lengthy, limit_reached, syntax_error, load_succeeded;
  int64_t instructions_left;
  char stopped_at[80];

  pg_outbox outbox;
  pg_input input;
  pg_asked asked;  // goes with the input
  pg_buffer scratch;
  pg_buffer event_name;  // of the event that is dispatched, if it was escaped
  pg_buffer encoded;     // by perigee.json.encode, which may decode a handshake meanwhile
  int closing;           // coroutines that are closed within one another
  pg_member_names member_names;

  pg_run **runs;
  size_t run_count, run_capacity;
  pg_run *pool;
  size_t pooled;
  pg_run *run;  // the one under way
  pg_run *paused_run;  // the one that goes on before anything else may run
  pg_run *orphans;     // those whose wait has ended with a socket, see run.c
  bool settling;
  size_t suspended;

  int64_t next_ack;  // of all sockets: a late answer to another one's question is nobody's

  uint64_t node, *nodes;  // this one, and the others that serve the app
  size_t node_count, node_capacity;
  bool clustered;

  pg_map sockets, sessions, listeners;
  uint64_t last_listener;
  size_t tracked_count;  // of all sockets
  pg_names names;   // namespaces, rooms, ids of sockets
  uint64_t stamp;   // counts selections of sockets
  pg_timer *timers;
  size_t timer_slots, timer_count;
  uint32_t free_timer;  // index + 1, 0: none

  pg_namespaces namespaces;
  pg_generation *serving, *loading;
  size_t load_began;  // where the outbox stood when the load under way began
  int64_t generations;
  pg_program program;

  // Registry references made once
  int threads, libraries, prelude;
  bool touched;   // the prelude has something to commit
  bool keep_due;  // and something to store
  char prelude_failure[120];
  char *manifest, *loading_manifest;  // JSON texts; NULL: of a generation without any
  // Metatables compared by address; the registry keeps them alive
  const void *array_meta, *object_meta, *binary_meta, *reject_meta, *handshake_meta;
  const void *response_meta, *node_meta;
  int node_ref, changed_nodes;  // those since the last commit: a list
  bool committing;  // a commit is under way, or was cut short
  pg_buffer path;   // of the commit, a JSON Pointer
  int array_ref, object_ref, binary_ref, reject_ref, handshake_ref, response_ref, request_ref;

  pg_buffer failure_text;
  pg_failure failure;
};

// The extra space in front of each Lua thread points to the host. Threads that the host runs itself
// carry a mark in the lowest bit: scripts must neither resume nor close those.
static inline pg_host *pg_host_of(lua_State *L) {
  return (pg_host *)(*(uintptr_t *)lua_getextraspace(L) & ~(uintptr_t)1);
}

static inline bool pg_is_run(lua_State *L) { return *(uintptr_t *)lua_getextraspace(L) & 1; }

/// Runs `function` with one light userdata argument outside any run; false when it raised.
bool pg_protected(pg_host *host, lua_CFunction function, void *argument);
/// Raises a Lua error about a named bound.
int pg_limit_error(lua_State *L, const char *message);

// interrupt.c
/// Notes that `L` is what runs now, so that an interrupt reaches it.
void pg_enter(pg_host *host, lua_State *L);
/// Whether `co` was killed by an interrupt: its pending `__close` calls must not run.
bool pg_died_in_hook(lua_State *co);
/// Says why the run is stopped. stack: … → … reason
void pg_push_reason(lua_State *L, const pg_host *host);
void pg_run_begin_watch(pg_host *host, lua_State *L, int64_t budget, int64_t instructions);
void pg_run_end_watch(pg_host *host);
/// Raises when the run has to stop; for loops in C that no hook reaches.
void pg_check_interrupt_slow(lua_State *L);
static inline void pg_check_interrupt(lua_State *L, const pg_host *host) {
  if (__builtin_expect(host->interrupt != PG_RUNNING, 0)) pg_check_interrupt_slow(L);
}

// failure.c
/// Reports a run that raised: to the log, to its client, or to the caller of a load.
void pg_run_failed(pg_host *host, pg_run *run, int status);
/// Queues REFUSE for the run's socket with the value at `data` (0: none) and withdraws what the run
/// asked for on its behalf.
void pg_refuse(lua_State *L, pg_run *run, const char *message, int data);
/// Queues an error event for the client; values above `name` and `message` on the stack, from
/// `data` (0: none), go along. `unanswered` is the ack that the client does not get because of it,
/// or -1.
void pg_emit_error(lua_State *L, pg_socket *socket, const char *name, const char *message,
                   int data, int64_t unanswered);
/// Queues VIOLATION: the host closes the connection.
void pg_violation(lua_State *L, pg_socket *socket, const char *what);

// timer.c
void pg_timers_cancel_socket(pg_host *host, pg_socket *socket);
/// Cancels the timers that generations made while loading: those of `generation`, or, when `others`,
/// those of every other one.
void pg_timers_cancel_generation(pg_host *host, int64_t generation, bool others);
void pg_timer_done(pg_host *host, uint64_t timer);
/// `after(seconds, function, options)` or `every(…)` with its arguments from `first` on; pushes the timer,
/// or 0 when it is another worker's.
int pg_timer_start(lua_State *L, pg_socket *socket, const pg_namespace *ns, int first,
                   bool repeats);
int pg_timer_cancel(lua_State *L);

#endif
