// A merge sort from one scratch table to another: n log n comparisons whatever the order function
// answers, so that an inconsistent one is harmless.
#include "sort.h"

enum { TABLE = 1, ORDER = 2, SCRATCH = 3, OTHER = 4 };

// Whether the value on top comes before the one below it. stack: unchanged
static bool top_first(lua_State *L) {
  pg_check_interrupt(L, pg_host_of(L));
  if (lua_isnil(L, ORDER)) return lua_compare(L, -1, -2, LUA_OPLT);
  lua_pushvalue(L, ORDER);
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -4);
  lua_call(L, 2, 1);
  bool first = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return first;
}

// Copies values `from`…`until` (not included) to `at` and after.
static lua_Integer copy(lua_State *L, int source, int target, lua_Integer from, lua_Integer until,
                        lua_Integer at) {
  for (; from < until; from++) {
    lua_rawgeti(L, source, from);
    lua_rawseti(L, target, at++);
  }
  return at;
}

// Merges the ordered ranges left…middle and middle…end (ends not included) of `source`.
static void merge(lua_State *L, int source, int target, lua_Integer left, lua_Integer middle,
                  lua_Integer end) {
  lua_Integer right = middle, at = left;
  if (left >= middle || right >= end) {
    copy(L, source, target, left, end, at);
    return;
  }
  lua_rawgeti(L, source, left);
  lua_rawgeti(L, source, right);  // stack: … left right
  for (;;) {
    // Of equal values the left one goes first: the sort is stable.
    if (top_first(L)) {
      lua_rawseti(L, target, at++);
      if (++right == end) break;
      lua_rawgeti(L, source, right);
    } else {
      lua_pushvalue(L, -2);
      lua_rawseti(L, target, at++);
      if (++left == middle) break;
      lua_rawgeti(L, source, left);
      lua_replace(L, -3);
    }
  }
  lua_settop(L, OTHER);
  at = copy(L, source, target, left, middle, at);
  copy(L, source, target, right, end, at);
}

static lua_Integer lesser(lua_Integer a, lua_Integer b) { return a < b ? a : b; }

void pg_sort(lua_State *L, lua_Integer count) {
  luaL_checkstack(L, 8, "sort");
  lua_createtable(L, (int)count, 0);
  lua_createtable(L, (int)count, 0);
  for (lua_Integer i = 1; i <= count; i++) {
    pg_check_interrupt(L, pg_host_of(L));
    lua_geti(L, TABLE, i);
    lua_rawseti(L, SCRATCH, i);
  }
  int source = SCRATCH, target = OTHER;
  for (lua_Integer width = 1; width < count; width *= 2) {
    for (lua_Integer left = 1; left <= count; left += 2 * width) {
      lua_Integer middle = lesser(left + width, count + 1);
      merge(L, source, target, left, middle, lesser(middle + width, count + 1));
    }
    int swapped = source;
    source = target;
    target = swapped;
  }
  for (lua_Integer i = 1; i <= count; i++) {
    pg_check_interrupt(L, pg_host_of(L));
    lua_rawgeti(L, source, i);
    lua_seti(L, TABLE, i);
  }
}
