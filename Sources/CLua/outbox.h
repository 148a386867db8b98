// What scripts asked for: typed commands in one array, their bytes in two arenas. A command is
// drafted (bytes appended), then committed; a draft that an error abandons is simply overwritten.
#ifndef PG_OUTBOX_H
#define PG_OUTBOX_H

#include <lua5.4/lua.h>

#include "buffer.h"

typedef struct pg_outbox {
  pg_command *commands;
  size_t count, capacity;
  pg_span *spans;
  size_t span_count, span_capacity;  // count of committed spans
  size_t drafted;                    // spans of the draft, after the committed ones
  pg_buffer text, blobs;
  size_t text_done, blobs_done;    // bytes that belong to committed commands
  size_t text_limit, blobs_limit;  // how far the present run may fill the arenas
  size_t command_limit;            // how many commands there may be at its end
  size_t span_limit;               // how many spans
} pg_outbox;

/// Called before each run: what it may add is counted from here.
void pg_outbox_begin_run(pg_outbox *outbox, size_t limit);
void pg_outbox_reset(pg_outbox *outbox);
void pg_outbox_free(pg_outbox *outbox);

// For script calls: these raise a Lua error when the run's bound or the memory is reached.
void pg_draft_begin(pg_outbox *outbox);
/// Makes sure that `extra` more bytes fit into `buffer`, an arena of the outbox or a scratch.
void pg_draft_room(lua_State *L, pg_buffer *buffer, size_t limit, size_t extra);
pg_span pg_draft_text(lua_State *L, pg_outbox *outbox, const void *bytes, size_t length);
/// Adds a span to the list of the draft (rooms, then excepted rooms, then attachments).
void pg_draft_list(lua_State *L, pg_outbox *outbox, pg_span span);
void pg_draft_blob(lua_State *L, pg_outbox *outbox, const void *bytes, size_t length);
/// Raises when the run has used up its commands.
void pg_draft_check(lua_State *L, const pg_outbox *outbox);
/// Ends the draft with `command`; its list starts where the draft's spans do.
void pg_draft_commit(lua_State *L, pg_outbox *outbox, pg_command command);
/// Adds another command with the list of the one before.
void pg_draft_repeat(lua_State *L, pg_outbox *outbox, pg_command command);

// For the host's own commands, outside any run's bound: these never raise.
pg_span pg_outbox_text(pg_outbox *outbox, const void *bytes, size_t length);
bool pg_outbox_span(pg_outbox *outbox, pg_span span);
bool pg_outbox_push(pg_outbox *outbox, pg_command command);
/// Moves the last command to `index`.
void pg_outbox_move_last(pg_outbox *outbox, size_t index);

#endif
