// What becomes of an error that a script did not catch: a FAILURE for the log, and for the client an
// error event or a refusal. Composed under protection, for it needs Lua memory and may have to call
// a script's `__tostring`.
#include <stdlib.h>

#include "http.h"
#include "prelude.h"

// Text that reports may add on top of what the run was allowed to send.
#define REPORT_BYTES ((size_t)64 << 10)
// Memory that a report may use when the script has left none.
#define REPORT_MEMORY ((size_t)256 << 10)
#define MESSAGE_BYTES 2000
static const char generic[] = "internal error";

typedef struct failing {
  pg_run *run;
  int status;
  pg_code code;
  size_t message, file, traceback;  // offsets into failure_text; the strings are terminated
  int line;
} failing;

static size_t keep_text(pg_host *host, const char *text, size_t length) {
  pg_buffer *buffer = &host->failure_text;
  if (!pg_buffer_room(buffer, length + 1)) return 0;
  size_t offset = buffer->used;
  pg_buffer_copy(buffer, text, length);
  pg_buffer_put(buffer, '\0');
  return offset;
}

static const char *text_at(pg_host *host, size_t offset) {
  return (const char *)host->failure_text.bytes + offset;
}

static pg_code code_of(const pg_host *host, int status) {
  if (host->interrupt == PG_OVER_TIME) return PG_TIME;
  if (host->interrupt == PG_OVER_INSTRUCTIONS) return PG_INSTRUCTIONS;
  if (status == LUA_ERRMEM) return PG_MEMORY;
  if (host->syntax_error) return PG_SYNTAX;
  return host->limit_reached ? PG_LIMIT : PG_RUNTIME;
}

static int to_string(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  return 1;
}

// Converts the error value on top by its own means, if the run may still go on. Only this part of a
// report can be interrupted. stack: … error → … error string | … error
static bool push_string(lua_State *L, pg_host *host) {
  if (host->interrupt != PG_RUNNING) return false;
  lua_pushcfunction(L, to_string);
  lua_pushvalue(L, -2);
  pg_enter(host, L);
  bool good = lua_pcall(L, 1, 1, 0) == LUA_OK;
  host->current = NULL;
  lua_sethook(L, NULL, 0, 0);
  if (!good) lua_pop(L, 1);
  return good;
}

// Turns the error value into text. stack: … error → … string
static const char *message_of(lua_State *L, pg_host *host, size_t *length) {
  if (lua_istable(L, -1) && lua_getmetatable(L, -1)) {
    bool rejection = lua_topointer(L, -1) == host->reject_meta;
    lua_pop(L, 1);
    if (rejection) lua_getfield(L, -1, "message");
  }
  if (lua_type(L, -1) != LUA_TSTRING) {
    const char *kind = luaL_typename(L, -1);
    if (!push_string(L, host)) {
      lua_pushfstring(L, "an error value of type %s that cannot be shown", kind);
    }
  }
  return lua_tolstring(L, -1, length);
}

// Splits `file:line: ` off the front of a message.
static const char *split_position(failing *f, pg_host *host, const char *text) {
  for (const char *colon = strchr(text, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
    char *after;
    long line = strtol(colon + 1, &after, 10);
    if (after == colon + 1 || after[0] != ':' || after[1] != ' ' || line <= 0) continue;
    if (memchr(text, '\n', (size_t)(colon - text)) != NULL) return text;
    f->file = keep_text(host, text, (size_t)(colon - text));
    f->line = (int)line;
    return after + 2;
  }
  return text;
}

// Where the script was, for messages that do not say it.
static void find_position(failing *f, pg_host *host) {
  lua_Debug frame;
  for (int level = 0; f->line == 0 && lua_getstack(f->run->co, level, &frame); level++) {
    lua_getinfo(f->run->co, "Sl", &frame);
    if (frame.currentline <= 0 || pg_is_prelude(&frame)) continue;
    f->file = keep_text(host, frame.short_src, strlen(frame.short_src));
    f->line = frame.currentline;
  }
}

static void describe(lua_State *L, pg_host *host, failing *f) {
  host->failure_text.used = 0;
  keep_text(host, "", 0);  // offset 0 is the empty string
  size_t length;
  const char *text = message_of(L, host, &length);
  text = split_position(f, host, text);
  find_position(f, host);
  length = strnlen(text, MESSAGE_BYTES);
  f->message = keep_text(host, text, length);
  luaL_traceback(L, f->run->co, NULL, 0);
  const char *trace = lua_tostring(L, -1);
  const char *first = strchr(trace, '\n');
  if (first != NULL) f->traceback = keep_text(host, first + 1, strlen(first + 1));
  f->code = code_of(host, f->status);
}

static void queue_failure(lua_State *L, pg_host *host, const failing *f) {
  pg_outbox *outbox = &host->outbox;
  const pg_run *run = f->run;
  pg_draft_begin(outbox);
  const char *file = text_at(host, f->file), *message = text_at(host, f->message);
  const char *traceback = text_at(host, f->traceback);
  pg_command command = {
      .kind = PG_FAILURE,
      .code = (uint8_t)f->code,
      .socket = run->socket != NULL ? run->socket->handle : 0,
      .name_space = run->ns != NULL ? run->ns->index : -1,
      .number = f->line,
      .name = pg_draft_text(L, outbox, run->label, strlen(run->label)),
      .body = pg_draft_text(L, outbox, message, strlen(message)),
      .inner = pg_draft_text(L, outbox, traceback, strlen(traceback)),
  };
  if (*file != '\0') {
    pg_draft_list(L, outbox, pg_draft_text(L, outbox, file, strlen(file)));
    command.room_count = 1;
  }
  pg_draft_commit(L, outbox, command);
}

// What the client may know: everything in development, else only that it happened.
static const char *public_message(pg_host *host, const failing *f) {
  const char *message = text_at(host, f->message);
  bool valid = pg_utf8_valid((const uint8_t *)message, strlen(message)) == strlen(message);
  return host->development && valid ? message : generic;
}

static bool is_rejection(lua_State *L, pg_host *host, int index) {
  if (!lua_istable(L, index) || !lua_getmetatable(L, index)) return false;
  bool same = lua_topointer(L, -1) == host->reject_meta;
  lua_pop(L, 1);
  return same;
}

static void refuse_by_error(lua_State *L, pg_host *host, failing *f, int error) {
  if (!is_rejection(L, host, error)) {
    queue_failure(L, host, f);
    pg_refuse(L, f->run, public_message(host, f), 0);
    return;
  }
  lua_getfield(L, error, "data");
  pg_refuse(L, f->run, text_at(host, f->message), lua_isnil(L, -1) ? 0 : lua_gettop(L));
}

// A rejection is an answer like any other while there is none yet; later it is an error.
static void respond_by_error(lua_State *L, pg_host *host, failing *f, int error) {
  pg_socket *socket = f->run->socket;
  if (!is_rejection(L, host, error) || socket->exchange->responded) {
    int status = f->code == PG_MEMORY || f->code == PG_LIMIT ? 503 : 500;
    queue_failure(L, host, f);
    pg_respond_error(L, socket, status, pg_status_name(status),
                     host->development ? public_message(host, f) : NULL, 0);
    return;
  }
  lua_getfield(L, error, "status");
  lua_Integer status = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 403;
  if (status < 400 || status > 599) status = 500;
  const char *name = lua_isnil(L, -1) ? "rejected" : pg_status_name(status);
  lua_getfield(L, error, "data");
  pg_respond_error(L, socket, status, name, text_at(host, f->message),
                   lua_isnil(L, -1) ? 0 : lua_gettop(L));
}

// The interrupt that stopped the run must not stop this as well.
static void tell_client(lua_State *L, pg_host *host, const failing *f) {
  pg_interrupt interrupt = host->interrupt;
  host->interrupt = PG_RUNNING;
  pg_emit_error(L, f->run->socket, "internal_error", public_message(host, f), 0, f->run->ack);
  host->interrupt = interrupt;
}

// stack: failing
static int report(lua_State *L) {
  failing *f = lua_touserdata(L, 1);
  pg_host *host = pg_host_of(L);
  if (host->killed) {
    pg_push_reason(L, host);
  } else {
    lua_xmove(f->run->co, L, 1);
  }  // stack: failing error
  lua_pushvalue(L, 2);
  describe(L, host, f);
  switch (f->run->kind) {
    case PG_RUN_LOAD: break;
    case PG_RUN_CONNECT: refuse_by_error(L, host, f, 2); break;
    case PG_RUN_REQUEST: respond_by_error(L, host, f, 2); break;
    case PG_RUN_EVENT:
      queue_failure(L, host, f);
      tell_client(L, host, f);
      break;
    default: queue_failure(L, host, f);
  }
  return 0;
}

// The report itself failed, most likely for want of memory: say it without Lua.
static void report_plainly(pg_host *host, const failing *f) {
  static const char text[] = "an error that could not be described";
  pg_outbox *outbox = &host->outbox;
  const pg_run *run = f->run;
  uint64_t socket = run->socket != NULL ? run->socket->handle : 0;
  pg_draft_begin(outbox);
  pg_command failure = {.kind = PG_FAILURE,
                        .code = (uint8_t)code_of(host, f->status),
                        .socket = socket,
                        .name_space = run->ns != NULL ? run->ns->index : -1};
  failure.name = pg_outbox_text(outbox, run->label, strlen(run->label));
  failure.body = pg_outbox_text(outbox, text, sizeof text - 1);
  pg_outbox_push(outbox, failure);
  if (run->kind != PG_RUN_CONNECT || !pg_run_is_current(run)) return;
  pg_command refusal = {.kind = PG_REFUSE, .socket = socket, .name_space = -1};
  refusal.name = pg_outbox_text(outbox, generic, sizeof generic - 1);
  pg_outbox_push(outbox, refusal);
  run->socket->state = PG_CLOSED;
}

static void keep_load_failure(pg_host *host, const failing *f) {
  host->failure = (pg_failure){.code = f->code,
                               .message = text_at(host, f->message),
                               .file = f->file > 0 ? text_at(host, f->file) : NULL,
                               .line = f->line,
                               .traceback = f->traceback > 0 ? text_at(host, f->traceback) : NULL};
}

void pg_run_failed(pg_host *host, pg_run *run, int status) {
  failing f = {.run = run, .status = status};
  pg_outbox_begin_run(&host->outbox, REPORT_BYTES);
  host->current = NULL;
  if (run->kind == PG_RUN_REQUEST) run->socket->exchange->failed = true;
  host->memory.limit += REPORT_MEMORY;
  bool described = pg_protected(host, report, &f);
  host->memory.limit -= REPORT_MEMORY;
  if (run->kind == PG_RUN_LOAD) {
    if (described) {
      keep_load_failure(host, &f);
    } else {
      host->failure = (pg_failure){.code = code_of(host, status), .message = "not enough memory"};
    }
  } else if (!described) {
    report_plainly(host, &f);
  }
}
