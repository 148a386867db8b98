// The text of a patch: operations, and the paths that they are about.
#include "patch.h"

#include <stdio.h>

pg_patch_mark pg_patch_here(const pg_patch *p) {
  return (pg_patch_mark){p->e.out->used, p->count};
}

static void write_text(pg_patch *p, const char *text) {
  size_t length = strlen(text);
  pg_draft_room(p->e.L, p->e.out, p->e.limit, length);
  pg_buffer_copy(p->e.out, text, length);
}

static void write_path(pg_patch *p) {
  pg_encode_string(&p->e, (const char *)p->path->bytes, p->path->used);
}

static void begin(pg_patch *p, const char *operation) {
  if (p->count++ > 0) pg_encode_byte(&p->e, ',');
  write_text(p, "{\"op\":\"");
  write_text(p, operation);
}

void pg_patch_add(pg_patch *p, const char *operation, int value) {
  begin(p, operation);
  write_text(p, "\",\"path\":");
  write_path(p);
  if (value != 0) {
    write_text(p, ",\"value\":");
    pg_encode_value(&p->e, value);
  }
  pg_encode_byte(&p->e, '}');
}

void pg_patch_move(pg_patch *p, size_t from, size_t to) {
  pg_check_interrupt(p->e.L, p->e.host);
  begin(p, "move");
  write_text(p, "\",\"from\":");
  size_t list = pg_patch_enter_item(p, from);
  write_path(p);
  pg_patch_leave(p, list);
  write_text(p, ",\"path\":");
  pg_patch_enter_item(p, to);
  write_path(p);
  pg_patch_leave(p, list);
  pg_encode_byte(&p->e, '}');
}

size_t pg_patch_shorten(pg_patch *p, pg_patch_mark mark, int value, size_t least) {
  pg_buffer *out = p->e.out;
  size_t end = out->used, length = end - mark.used, count = p->count;
  if (count - mark.count < 2 || length <= least) return 0;
  p->count = mark.count;
  pg_patch_add(p, "replace", value);
  size_t other = out->used - end;
  if (other < length) {
    memmove(out->bytes + mark.used, out->bytes + end, other);
    out->used = mark.used + other;
  } else {
    out->used = end;
    p->count = count;
  }
  return other;
}

static void put(pg_patch *p, const char *bytes, size_t length) {
  pg_draft_room(p->e.L, p->path, SIZE_MAX, length);
  pg_buffer_copy(p->path, bytes, length);
}

size_t pg_patch_enter(pg_patch *p, int key) {
  size_t before = p->path->used, length;
  const char *text = lua_tolstring(p->e.L, key, &length);
  put(p, "/", 1);
  for (const char *end = text + length; text < end; text++) {
    if (*text == '~') {
      put(p, "~0", 2);
    } else if (*text == '/') {
      put(p, "~1", 2);
    } else {
      put(p, text, 1);
    }
  }
  return before;
}

size_t pg_patch_enter_item(pg_patch *p, size_t index) {
  size_t before = p->path->used;
  char text[32];
  int length = snprintf(text, sizeof text, "/%zu", index);
  put(p, text, (size_t)length);
  return before;
}
