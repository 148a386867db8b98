// One event: its name decides the handler, its arguments go straight from JSON text to the stack,
// what the handler returns goes straight back as the ack. Everything here runs inside the event's
// own coroutine and may raise.
#include "dispatch.h"

#include "prelude.h"

static bool is_letter(uint8_t byte) { return (uint8_t)((byte | 0x20) - 'a') < 26; }

size_t pg_handler_key(char *key, const char *prefix, const uint8_t *name, size_t length) {
  if (length == 0 || length > PG_MAX_EVENT_NAME || !is_letter(name[0])) return 0;
  size_t used = strlen(prefix);
  memcpy(key, prefix, used);
  for (size_t i = 0; i < length; i++) {
    uint8_t byte = name[i] == ' ' ? '_' : name[i];
    if (!is_letter(byte) && byte != '_' && (uint8_t)(byte - '0') > 9) return 0;
    key[used++] = (char)byte;
  }
  return used;
}

bool pg_is_reserved(const char *name, size_t length) {
  switch (length) {
    case 7: return memcmp(name, "connect", 7) == 0;
    case 10: return memcmp(name, "disconnect", 10) == 0;
    case 11: return memcmp(name, "newListener", 11) == 0;
    case 13:
      return memcmp(name, "connect_error", 13) == 0 || memcmp(name, "disconnecting", 13) == 0;
    case 14: return memcmp(name, "removeListener", 14) == 0;
    default: return false;
  }
}

void pg_push_handler(lua_State *L, const pg_script *script, const char *key, size_t length) {
  int found = LUA_TNIL;
  if (script->handlers != script->globals) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->handlers);
    lua_pushlstring(L, key, length);
    found = lua_gettable(L, -2);  // stack: … table handler
  }
  if (found == LUA_TNIL) {
    if (script->handlers != script->globals) lua_pop(L, 2);
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->globals);
    lua_pushlstring(L, key, length);
    lua_rawget(L, -2);
  }
  lua_replace(L, -2);
}

void pg_answer(lua_State *L, pg_run *run, int first) {
  pg_host *host = pg_host_of(L);
  if (run->ack < 0 || !pg_run_is_current(run)) return;
  pg_draft_begin(&host->outbox);
  int attachments;
  pg_span body = pg_encode_values(L, host, first, lua_gettop(L), &attachments);
  pg_draft_commit(L, &host->outbox,
                  (pg_command){.kind = PG_ACK,
                               .socket = run->socket->handle,
                               .number = run->ack,
                               .name_space = -1,
                               .body = body,
                               .attachment_count = (uint16_t)attachments});
}

// stack: results…
static int handler_returned(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  pg_answer(L, pg_host_of(L)->run, 1);
  return 0;
}

// What an event's name leads to.
typedef enum target { TO_HANDLER, TO_ANY, TO_SUBSCRIBE, TO_UNSUBSCRIBE, TO_NOBODY, NOT_ALLOWED } target;

static bool is_event(const uint8_t *name, size_t length, const char *expected) {
  return length == strlen(expected) && memcmp(name, expected, length) == 0;
}

// Handlers that the host calls, and no client by an event of that name.
static bool is_for_host(const uint8_t *name, size_t length) {
  return is_event(name, length, "any") || is_event(name, length, "reload");
}

// Pushes what to call: a handler, or nothing. stack: → [handler]
static target resolve(lua_State *L, pg_script *script, const uint8_t *name, size_t length) {
  char key[PG_KEY_BYTES];
  size_t used = pg_handler_key(key, "on_", name, length);
  if (script == NULL) return TO_NOBODY;
  if (used > 0 && !is_for_host(name, length)) {
    pg_push_handler(L, script, key, used);
    if (!lua_isnil(L, -1)) return TO_HANDLER;
    lua_pop(L, 1);
  }
  if (is_event(name, length, "subscribe")) return TO_SUBSCRIBE;
  if (is_event(name, length, "unsubscribe")) return TO_UNSUBSCRIBE;
  pg_push_handler(L, script, "on_any", 6);
  if (!lua_isnil(L, -1)) return TO_ANY;
  lua_pop(L, 1);
  return used == 0 ? NOT_ALLOWED : TO_NOBODY;
}

static int refuse_event(lua_State *L, pg_socket *socket, target target, const char *name) {
  if (target == NOT_ALLOWED) {
    lua_pushfstring(L, "an event may not be named \"%s\"", name);
    pg_emit_error(L, socket, "unallowed_event_name", lua_tostring(L, -1), 0,
                  pg_host_of(L)->run->ack);
  } else {
    lua_pushfstring(L, "there is no handler for the event \"%s\"", name);
    pg_emit_error(L, socket, "no_such_method", lua_tostring(L, -1), 0,
                  pg_host_of(L)->run->ack);
  }
  return 0;
}

// stack: handler self [event] may [arguments…], the last two parts from the guard
static int guarded(lua_State *L, int status, lua_KContext fixed) {
  (void)status;
  pg_run *run = pg_host_of(L)->run;
  if (lua_isnil(L, (int)fixed + 1)) pg_answer(L, run, (int)fixed + 2);
  if (!pg_run_is_current(run) || !lua_toboolean(L, (int)fixed + 1)) return 0;
  lua_remove(L, (int)fixed + 1);
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, handler_returned);
  return handler_returned(L, LUA_OK, 0);
}

// Asks the prelude first, which may refuse the event or clean its arguments: `fixed` slots are not
// among those. stack: handler self [event] arguments… → results
static int call_guarded(lua_State *L, pg_host *host, const pg_script *script, int fixed) {
  const char *event = host->run->label;
  int arguments = lua_gettop(L) - fixed;
  luaL_checkstack(L, 8, "guard");
  if (!pg_push_hook(L, host, "guard")) return luaL_error(L, "the prelude guards nothing");
  lua_rawgeti(L, LUA_REGISTRYINDEX, script->handlers);
  char key[PG_KEY_BYTES];
  size_t used = pg_handler_key(key, "", (const uint8_t *)event, strlen(event));
  if (used > 0) {
    lua_pushlstring(L, key, used);
  } else {
    lua_pushstring(L, event);
  }
  lua_pushvalue(L, 2);
  lua_rotate(L, fixed + 1, 4);  // stack: handler self [event] guard handlers name self arguments…
  lua_callk(L, arguments + 3, LUA_MULTRET, fixed, guarded);
  return guarded(L, LUA_OK, fixed);
}

// stack: [handler self [event]] arguments… → results
static int call(lua_State *L, pg_host *host, const pg_script *script, target target) {
  switch (target) {
    case TO_SUBSCRIBE: return pg_subscribe_event(L);
    case TO_UNSUBSCRIBE: return pg_unsubscribe_event(L);
    case TO_HANDLER:
    case TO_ANY:
      if (script->guarded) return call_guarded(L, host, script, target == TO_ANY ? 3 : 2);
      lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, handler_returned);
      return handler_returned(L, LUA_OK, 0);
    default: return refuse_event(L, host->run->socket, target, host->run->label);
  }
}

// The name of the event was escaped and lies in the scratch. A script whose handlers have an `__index`
// may need that, while the name is needed, too.
static void keep_name(pg_host *host) {
  pg_buffer kept = host->scratch;
  host->scratch = host->event_name;
  host->event_name = kept;
}

static int event_body(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_run *run = host->run;
  pg_socket *socket = run->socket;
  pg_decoder decoder = pg_decode_begin(L, host, host->input.text, host->input.length);
  pg_decoder *d = &decoder;
  d->attachments = host->input.count > 0;
  pg_decode_space(d);
  if (d->at == d->end || *d->at != '[') {
    pg_violation(L, socket, "an event that is not a JSON array");
    return 0;
  }
  d->at++;
  pg_decode_space(d);
  const uint8_t *name;
  size_t length;
  if (!pg_decode_bytes(d, &name, &length)) {
    pg_violation(L, socket, "an event without a name");
    return 0;
  }
  if (name == host->scratch.bytes) keep_name(host);
  pg_run_label(run, (const char *)name, length);
  if (pg_is_reserved((const char *)name, length)) {
    pg_violation(L, socket, "an event with a reserved name");
    return 0;
  }
  pg_script *script = pg_socket_script(host, socket);
  target target = resolve(L, script, name, length);
  if (target == TO_HANDLER || target == TO_ANY) pg_push_self(L, host, socket);
  if (target == TO_ANY) lua_pushlstring(L, (const char *)name, length);
  if (pg_decode_arguments(d, true) < 0) {
    pg_violation(L, socket, d->error);
    return 0;
  }
  return call(L, host, script, target);
}

void pg_event(pg_host *host, uint64_t handle, const void *payload, size_t length, int64_t ack) {
  pg_socket *socket = pg_map_get(&host->sockets, handle);
  pg_run *run = NULL;
  if (socket != NULL && pg_is_open(socket) && !socket->is_ending) {
    run = pg_run_take(host, PG_RUN_EVENT, socket, "");
  }
  if (run == NULL) {
    host->input.count = host->input.blobs.used = 0;
    return;
  }
  run->ack = ack;
  host->input.text = payload;
  host->input.length = length;
  pg_run_start(host, run, event_body);
}

// Bytes of commands that are performed before more events run, each of which may add as many as a run
// may.
#define BURST ((size_t)64 << 10)

// Whether the owner has to look before anything else runs.
static bool needs_attention(const pg_host *host) {
  return host->was_interrupted || host->was_lengthy || host->paused_run != NULL ||
         host->overflowed || host->outbox.text_done + host->outbox.blobs_done > BURST;
}

size_t pg_events(pg_host *host, uint64_t handle, const void *bytes, const pg_event_place *events,
                 size_t count, size_t commands) {
  size_t done = 0;
  while (done < count) {
    const pg_event_place *event = &events[done++];
    pg_event(host, handle, (const char *)bytes + event->start, (size_t)event->length, event->ack);
    if (needs_attention(host) || host->outbox.count >= commands) break;
  }
  return done;
}
