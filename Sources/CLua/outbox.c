#include "outbox.h"

#include <stdlib.h>

#include "host.h"

// Arenas are addressed by 32-bit offsets; the owner clears the outbox long before this.
#define ARENA_MAX ((size_t)1 << 31)
static const char over_limit[] = "this run sends more than its outbox limit allows";
#define KEEP ((size_t)256 << 10)

static size_t limit_from(size_t used, size_t limit) {
  return limit > ARENA_MAX - (used < ARENA_MAX ? used : ARENA_MAX) ? ARENA_MAX : used + limit;
}

void pg_outbox_begin_run(pg_outbox *outbox, size_t limit) {
  outbox->text_limit = limit_from(outbox->text_done, limit);
  outbox->blobs_limit = limit_from(outbox->blobs_done, limit);
  // Commands weigh on the bound too, so that empty ones cannot pile up either.
  outbox->command_limit = outbox->count + limit / sizeof(pg_command) + 16;
  outbox->span_limit = outbox->span_count + limit / sizeof(pg_span) + 16;
}

void pg_outbox_reset(pg_outbox *outbox) {
  outbox->count = outbox->span_count = outbox->drafted = 0;
  outbox->text_done = outbox->blobs_done = 0;
  pg_buffer_reset(&outbox->text, KEEP);
  pg_buffer_reset(&outbox->blobs, KEEP);
  if (outbox->capacity * sizeof(pg_command) > KEEP) {
    free(outbox->commands);
    outbox->commands = NULL;
    outbox->capacity = 0;
  }
  if (outbox->span_capacity * sizeof(pg_span) > KEEP) {
    free(outbox->spans);
    outbox->spans = NULL;
    outbox->span_capacity = 0;
  }
}

void pg_outbox_free(pg_outbox *outbox) {
  free(outbox->commands);
  free(outbox->spans);
  pg_buffer_free(&outbox->text);
  pg_buffer_free(&outbox->blobs);
}

static bool room_for_command(pg_outbox *outbox) {
  if (outbox->count < outbox->capacity) return true;
  size_t capacity = outbox->capacity == 0 ? 64 : outbox->capacity * 2;
  pg_command *commands = realloc(outbox->commands, capacity * sizeof *commands);
  if (commands == NULL) return false;
  outbox->commands = commands;
  outbox->capacity = capacity;
  return true;
}

void pg_draft_begin(pg_outbox *outbox) {
  outbox->text.used = outbox->text_done;
  outbox->blobs.used = outbox->blobs_done;
  outbox->drafted = 0;
}

void pg_draft_room(lua_State *L, pg_buffer *buffer, size_t limit, size_t extra) {
  if (buffer->used + extra > limit) pg_limit_error(L, over_limit);
  if (!pg_buffer_room(buffer, extra)) luaL_error(L, "not enough memory");
}

pg_span pg_draft_text(lua_State *L, pg_outbox *outbox, const void *bytes, size_t length) {
  pg_draft_room(L, &outbox->text, outbox->text_limit, length);
  pg_span span = {(uint32_t)outbox->text.used, (uint32_t)length};
  pg_buffer_copy(&outbox->text, bytes, length);
  return span;
}

void pg_draft_list(lua_State *L, pg_outbox *outbox, pg_span span) {
  if (outbox->drafted >= UINT16_MAX) luaL_error(L, "too many rooms or attachments");
  if (outbox->span_count + outbox->drafted >= outbox->span_limit) pg_limit_error(L, over_limit);
  if (!pg_outbox_span(outbox, span)) luaL_error(L, "not enough memory");
}

void pg_draft_blob(lua_State *L, pg_outbox *outbox, const void *bytes, size_t length) {
  pg_draft_room(L, &outbox->blobs, outbox->blobs_limit, length);
  pg_draft_list(L, outbox, (pg_span){(uint32_t)outbox->blobs.used, (uint32_t)length});
  pg_buffer_copy(&outbox->blobs, bytes, length);
}

void pg_draft_check(lua_State *L, const pg_outbox *outbox) {
  if (outbox->count >= outbox->command_limit) pg_limit_error(L, over_limit);
}

void pg_draft_commit(lua_State *L, pg_outbox *outbox, pg_command command) {
  pg_draft_check(L, outbox);
  if (!pg_outbox_push(outbox, command)) luaL_error(L, "not enough memory");
}

void pg_draft_repeat(lua_State *L, pg_outbox *outbox, pg_command command) {
  uint32_t list = outbox->commands[outbox->count - 1].list;
  pg_draft_commit(L, outbox, command);
  outbox->commands[outbox->count - 1].list = list;
}

pg_span pg_outbox_text(pg_outbox *outbox, const void *bytes, size_t length) {
  if (outbox->text.used + length > UINT32_MAX || !pg_buffer_room(&outbox->text, length)) {
    return (pg_span){0, 0};
  }
  pg_span span = {(uint32_t)outbox->text.used, (uint32_t)length};
  pg_buffer_copy(&outbox->text, bytes, length);
  return span;
}

bool pg_outbox_span(pg_outbox *outbox, pg_span span) {
  size_t index = outbox->span_count + outbox->drafted;
  if (index == outbox->span_capacity) {
    size_t capacity = index < 32 ? 64 : index * 2;
    pg_span *spans = realloc(outbox->spans, capacity * sizeof *spans);
    if (spans == NULL) return false;
    outbox->spans = spans;
    outbox->span_capacity = capacity;
  }
  outbox->spans[index] = span;
  outbox->drafted++;
  return true;
}

bool pg_outbox_push(pg_outbox *outbox, pg_command command) {
  if (!room_for_command(outbox)) return false;
  command.list = (uint32_t)outbox->span_count;
  outbox->commands[outbox->count++] = command;
  outbox->span_count += outbox->drafted;
  outbox->drafted = 0;
  outbox->text_done = outbox->text.used;
  outbox->blobs_done = outbox->blobs.used;
  return true;
}

void pg_outbox_move_last(pg_outbox *outbox, size_t index) {
  if (outbox->count == 0 || index >= outbox->count - 1) return;
  pg_command last = outbox->commands[outbox->count - 1];
  memmove(outbox->commands + index + 1, outbox->commands + index,
          (outbox->count - 1 - index) * sizeof last);
  outbox->commands[index] = last;
}
