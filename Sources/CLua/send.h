// What self, perigee and targets share to send events.
#ifndef PG_SEND_H
#define PG_SEND_H

#include "json.h"
#include "run.h"
#include "socket.h"

#define PG_ACK_SECONDS 10.0  // that an ack is waited for by default
#define PG_MAX_KEY 255       // bytes of what `latest` is given

/// What becomes of an event while its client cannot take it: it waits, unless this says otherwise.
typedef struct pg_manner {
  bool is_volatile;  // it is left out
  // Only the newest event of this key is kept; NULL: no key. Whatever holds this has the bytes.
  const char *key;
  size_t key_length;
} pg_manner;

/// Whom an event goes to, its rooms apart, and how.
typedef struct pg_reach {
  const pg_namespace *ns;
  uint64_t left_out;  // a socket; 0: nobody
  double seconds;     // to wait for answers; 0: the default
  pg_manner manner;
} pg_reach;

static inline double pg_ack_seconds(const pg_reach *reach) {
  return reach->seconds > 0 ? reach->seconds : PG_ACK_SECONDS;
}

/// The event's name at `index`; raises when it is none that may be sent.
const char *pg_check_event(lua_State *L, int index, size_t *length);
/// A room's or channel's name at `index`; raises when it is none.
const char *pg_check_name(lua_State *L, int index, size_t *length);
/// Whether something can be called so: the host must not take two names for one.
bool pg_is_name(const pg_host *host, const char *text, size_t length);
/// Raises an error about `what` unless `pg_is_name`.
void pg_check_text(lua_State *L, const char *what, const char *text, size_t length);
/// Seconds to wait for an ack, at `index`.
double pg_check_timeout(lua_State *L, int index);
/// The manner of what `latest` sends, with the key at `index`, whose bytes are the stack's.
pg_manner pg_check_latest(lua_State *L, int index);
/// Raises when what is sent in this manner cannot ask for an ack.
void pg_check_askable(lua_State *L, const pg_manner *manner);
/// The manner with its key's bytes copied to `room`, which has space for them.
pg_manner pg_manner_kept(pg_manner manner, char *room);
/// Raises while a script is loaded, when the clients are still those of another one.
void pg_check_serving(lua_State *L, const char *what);
/// Publishes the message at `index` on the channel at `index - 1`.
void pg_publish(lua_State *L, const pg_namespace *ns, int index);
/// The same, and waits until the host says that it is kept. Answers its position, or nil and a reason.
int pg_publish_with_ack(lua_State *L, const pg_namespace *ns, int index);
/// Sends the event at `event` with the values after it and pushes whether there is a client.
/// `socket` may be NULL: it has gone; so may `manner`: the event waits.
int pg_emit(lua_State *L, pg_socket *socket, const pg_manner *manner, int event);
/// Queues BROADCAST of the event at `event` with the values after it. `rooms` and `excepted` are
/// stack slots of lists of names, or 0.
void pg_broadcast(lua_State *L, const pg_reach *reach, int rooms, int excepted, int event);
/// Adds the names of the list at `index` (0: none) to the draft; answers how many there are.
uint16_t pg_draft_names(lua_State *L, pg_outbox *outbox, int index);
void pg_queue_disconnect(lua_State *L, pg_socket *socket, bool close);
/// Makes a target from the names from `first` on. stack: … names… → … target
void pg_push_target(lua_State *L, pg_reach reach, int first, bool excepting);
/// Makes a target for everybody. stack: … → … target
void pg_push_everyone(lua_State *L, pg_reach reach);
/// The namespace of the script that calls: that of the run, unless the caller is bound to one whose
/// script is not the one at work.
const pg_namespace *pg_running_namespace(lua_State *L, const pg_namespace *bound);
/// Emits the event at `event` and suspends the handler until its ack, `seconds`, or the end of
/// `socket` (NULL: it has ended).
int pg_emit_with_ack(lua_State *L, pg_socket *socket, double seconds, bool is_volatile, int event);
/// The same to all of a target, see pg_broadcast: suspends until all have answered or are gone.
int pg_broadcast_with_ack(lua_State *L, const pg_reach *reach, int rooms, int excepted, int event);
/// Pushes a buffer with the sockets that are reached now, each once; see pg_broadcast.
/// stack: … → … buffer
pg_socket **pg_select(lua_State *L, const pg_reach *reach, int rooms, int excepted,
                      size_t *count);
/// Pushes what self:timeout, self:volatile and self:latest answer.
void pg_push_sending(lua_State *L, uint64_t socket, double seconds, pg_manner manner);

void pg_target_open(lua_State *L);
void pg_sending_open(lua_State *L);
extern const luaL_Reg pg_self_methods[];

#endif
