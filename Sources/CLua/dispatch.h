// From an event's bytes to its handler and back: shared by the files that do so.
#ifndef PG_DISPATCH_H
#define PG_DISPATCH_H

#include "json.h"
#include "run.h"
#include "socket.h"

/// Pushes the script's handler `key`, or nil. stack: … → … handler
void pg_push_handler(lua_State *L, const pg_script *script, const char *key, size_t length);
/// Writes `prefix` and the name with spaces as underscores into `key`; 0 when the name is none that
/// can have a handler: `^[A-Za-z][A-Za-z0-9_ ]*$`. `key` holds PG_KEY_BYTES.
size_t pg_handler_key(char *key, const char *prefix, const uint8_t *name, size_t length);
#define PG_KEY_BYTES (PG_MAX_EVENT_NAME + 32)

/// Names that Socket.IO keeps for itself.
bool pg_is_reserved(const char *name, size_t length);
/// Answers the client's ack, if it wants one, with the values from `first` on.
void pg_answer(lua_State *L, pg_run *run, int first);
/// Raises unless the script's `middleware` is a list of functions, if there is one.
void pg_check_middleware(lua_State *L, const pg_script *script, const char *file);
/// The built-in `subscribe` and `unsubscribe` events, their arguments on the stack from slot 1.
int pg_subscribe_event(lua_State *L);
int pg_unsubscribe_event(lua_State *L);

#endif
