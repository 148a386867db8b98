// The data of models as JSON text: json_encode.c hands recorded tables over, and gets their values back.
#include <stdlib.h>

#include "json.h"
#include "node.h"

typedef struct member_name {
  const char *bytes;
  size_t length;
} member_name;

static int by_name(const void *left, const void *right) {
  const member_name *a = left, *b = right;
  size_t shorter = a->length < b->length ? a->length : b->length;
  int order = memcmp(a->bytes, b->bytes, shorter);
  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

// The names of an object's members, sorted. stack: … → … userdata that holds them
static member_name *sorted_names(lua_State *L, int index, lua_Integer count) {
  member_name *names = lua_newuserdatauv(L, (size_t)count * sizeof *names, 0);
  member_name *name = names;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    name->bytes = lua_tolstring(L, -2, &name->length);
    name++;
    lua_pop(L, 1);
  }
  qsort(names, (size_t)count, sizeof *names, by_name);
  return names;
}

// Objects of models have their members in the order of their names: a page that has followed by
// patches iterates them as one that is rendered anew. All keys are strings. stack: unchanged
static void write_named_members(pg_encoder *e, int index) {
  lua_State *L = e->L;
  lua_Integer count = pg_entries(L, index);
  if (count == 0) {
    pg_encode_byte(e, '{');
    pg_encode_byte(e, '}');
    return;
  }
  const member_name *names = sorted_names(L, index, count);
  int key = lua_gettop(L) + 1;
  for (lua_Integer i = 0; i < count; i++) {
    lua_pushlstring(L, names[i].bytes, names[i].length);
    lua_pushvalue(L, key);
    lua_rawget(L, index);
    pg_encode_member(e, i == 0 ? '{' : ',', false);
    lua_settop(L, key - 1);
  }
  pg_encode_byte(e, '}');
  lua_settop(L, key - 2);
}

void pg_encode_node(pg_encoder *e, int index) {
  pg_push_content(e->L, index);
  int content = lua_gettop(e->L);
  if (pg_is_list_content(e->L, e->host, content)) {
    pg_encode_array(e, content);
  } else {
    write_named_members(e, content);
  }
  lua_settop(e->L, content - 1);
}
