// HTTP in Lua: a request is a socket with an exchange, served by one run. Shared by the files that
// take requests in, compose responses and write streams.
#ifndef PG_HTTP_H
#define PG_HTTP_H

#include "api.h"
#include "dispatch.h"

/// The HTTP request that a socket stands for.
typedef struct pg_exchange {
  pg_run *run;     // the handler's
  bool gate;       // it asks allow_request
  bool head;       // the response's body is not sent
  bool responded;  // RESPOND is queued
  bool streaming;  // STREAM_END is still to come
  bool failed;     // its handler or generator did
  bool abandoned;  // the client has left: nothing is sent any more
  int64_t credit;  // bytes that may be sent until the client has taken some
  pg_run *writer;  // the run, while it waits for credit
} pg_exchange;

/// Bytes of a stream that may be under way to its client.
#define PG_STREAM_CREDIT ((int64_t)64 << 10)

// route.c
/// Notes the script's routes and whether it has `allow_request`. Raises on a malformed route.
void pg_routes_collect(lua_State *L, pg_host *host, pg_script *script, const char *file);
void pg_routes_free(pg_generation *generation);

// request.c
void pg_request_open(lua_State *L, pg_host *host);
/// The run that served the socket's request has ended: queues what the client is still owed.
void pg_exchange_finish(pg_host *host, pg_socket *socket);

// response.c
void pg_response_open(lua_State *L, pg_host *host);
/// Queues RESPOND for what a handler returned. True: a stream follows, its generator is pushed.
/// stack: body status headers → … [generator]
bool pg_respond(lua_State *L, pg_socket *socket);
/// Queues RESPOND with an error as JSON, unless there is a response already. `message` may be NULL;
/// `data` is a stack slot, or 0.
void pg_respond_error(lua_State *L, pg_socket *socket, lua_Integer status, const char *error,
                      const char *message, int data);
/// Queues RESPOND with plain text.
void pg_respond_text(lua_State *L, pg_socket *socket, lua_Integer status, const char *text,
                     size_t length);
/// Whether the value at `index` was made by `response` or one of its kin.
bool pg_is_response(lua_State *L, int index);
/// Makes the table on top a response. stack: … table → … response
void pg_mark_response(lua_State *L);
/// Raises unless the response at `index` can be sent.
void pg_check_response(lua_State *L, int index);
/// Raises when the table at `index` has a field that is not in `fields`, which end with NULL.
void pg_check_fields(lua_State *L, int index, const char *const *fields, const char *what);

// header.c
/// Adds the headers in the table at `from` to the one at `into`: lower-case name -> value or list.
void pg_headers_fold(lua_State *L, int from, int into);
/// Adds the folded headers at `index` to the draft; answers how many spans they are.
uint16_t pg_headers_draft(lua_State *L, pg_outbox *outbox, int index);
uint16_t pg_header_draft(lua_State *L, pg_outbox *outbox, const char *name, const char *value);
/// Pushes the value of a `set-cookie` header. stack: … name value → … name value string
void pg_push_cookie(lua_State *L);

// status.c
/// What an error's status is called in JSON, such as `not_found`.
const char *pg_status_name(lua_Integer status);

// response_api.c
/// The globals html, redirect, response, sse, stream, expose and abort.
extern const luaL_Reg pg_response_functions[];

// stream.c, event_stream.c
/// Pushes the function `write` of a stream. stack: … → … write
void pg_push_writer(lua_State *L, const pg_socket *socket);
/// The generator of an event stream: calls the function in its upvalue with `send`.
int pg_event_generator(lua_State *L);
/// The socket behind the first upvalue of `write` or `send`; NULL when its stream is over.
pg_socket *pg_stream_socket(lua_State *L);
/// Raises where `what` cannot be called; false when nothing can be sent for now.
bool pg_stream_ready(lua_State *L, const pg_socket *socket, const char *what);
/// Queues STREAM with what the draft's text has grown by since `start`, then waits until the client
/// has taken enough. Answers true to the script.
int pg_stream_commit(lua_State *L, pg_socket *socket, size_t start, const char *what);

#endif
