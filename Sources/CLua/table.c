// Table functions whose work a script can make long without any Lua code running: each loop looks
// at the interrupt flag. Semantics are those of Lua 5.4; sort is stable and ends for any order.
#include <limits.h>

#include "node.h"
#include "sandbox.h"
#include "sort.h"

enum { READ = 1, WRITE = 2, LENGTH = 4, BOTH = READ | WRITE };

static bool has_metamethod(lua_State *L, int argument, const char *name) {
  if (luaL_getmetafield(L, argument, name) == LUA_TNIL) return false;
  lua_pop(L, 1);
  return true;
}

// A table, or something with the metamethods to act as one.
static void check_table(lua_State *L, int argument, int uses) {
  if (lua_istable(L, argument)) return;
  if ((!(uses & READ) || has_metamethod(L, argument, "__index")) &&
      (!(uses & WRITE) || has_metamethod(L, argument, "__newindex")) &&
      (!(uses & LENGTH) || has_metamethod(L, argument, "__len"))) {
    return;
  }
  luaL_checktype(L, argument, LUA_TTABLE);
}

static lua_Integer length_of(lua_State *L, int argument, int uses) {
  check_table(L, argument, uses | LENGTH);
  return luaL_len(L, argument);
}

static void move_one(lua_State *L, int from, lua_Integer source, int to, lua_Integer target) {
  pg_check_interrupt(L, pg_host_of(L));
  lua_geti(L, from, source);
  lua_seti(L, to, target);
}

static int table_insert(lua_State *L) {
  if (pg_is_node(L, pg_host_of(L), 1)) return pg_node_insert(L);
  lua_Integer end = (lua_Integer)((lua_Unsigned)length_of(L, 1, BOTH) + 1);
  lua_Integer position = end;
  switch (lua_gettop(L)) {
    case 2: break;
    case 3:
      position = luaL_checkinteger(L, 2);
      luaL_argcheck(L, (lua_Unsigned)position - 1u < (lua_Unsigned)end, 2,
                    "position out of bounds");
      for (lua_Integer i = end; i > position; i--) move_one(L, 1, i - 1, 1, i);
      break;
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_seti(L, 1, position);
  return 0;
}

static int table_remove(lua_State *L) {
  if (pg_is_node(L, pg_host_of(L), 1)) return pg_node_remove(L);
  lua_Integer size = length_of(L, 1, BOTH);
  lua_Integer position = luaL_optinteger(L, 2, size);
  if (position != size) {
    luaL_argcheck(L, (lua_Unsigned)position - 1u <= (lua_Unsigned)size, 2,
                  "position out of bounds");
  }
  lua_geti(L, 1, position);
  for (; position < size; position++) move_one(L, 1, position + 1, 1, position);
  lua_pushnil(L);
  lua_seti(L, 1, position);
  return 1;
}

static int table_move(lua_State *L) {
  lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3);
  lua_Integer target = luaL_checkinteger(L, 4);
  int to = lua_isnoneornil(L, 5) ? 1 : 5;
  check_table(L, 1, READ);
  check_table(L, to, WRITE);
  if (last >= first) {
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    lua_Integer count = last - first + 1;
    luaL_argcheck(L, target <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    bool overlaps = target > first && target <= last &&
                    (to == 1 || lua_compare(L, 1, to, LUA_OPEQ));
    for (lua_Integer i = 0; i < count; i++) {
      lua_Integer offset = overlaps ? count - 1 - i : i;
      move_one(L, 1, first + offset, to, target + offset);
    }
  }
  lua_pushvalue(L, to);
  return 1;
}

static void add_field(lua_State *L, luaL_Buffer *out, lua_Integer index) {
  pg_check_interrupt(L, pg_host_of(L));
  lua_geti(L, 1, index);
  if (!lua_isstring(L, -1)) {
    luaL_error(L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1),
               (LUAI_UACINT)index);
  }
  luaL_addvalue(out);
}

static int table_concat(lua_State *L) {
  lua_Integer last = length_of(L, 1, READ);
  size_t length;
  const char *separator = luaL_optlstring(L, 2, "", &length);
  lua_Integer i = luaL_optinteger(L, 3, 1);
  last = luaL_optinteger(L, 4, last);
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  for (; i < last; i++) {
    add_field(L, &out, i);
    luaL_addlstring(&out, separator, length);
  }
  if (i == last) add_field(L, &out, i);
  luaL_pushresult(&out);
  return 1;
}

static int table_sort(lua_State *L) {
  if (pg_is_node(L, pg_host_of(L), 1)) return pg_node_sort(L);
  lua_Integer count = length_of(L, 1, BOTH);
  if (count < 2) return 0;
  luaL_argcheck(L, count < INT32_MAX, 1, "array too big");
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  pg_sort(L, count);
  return 0;
}

// table.unpack(list [, i [, j]]), which can be stopped where an element takes its time
static int table_unpack(lua_State *L) {
  const pg_host *host = pg_host_of(L);
  lua_Integer i = luaL_optinteger(L, 2, 1);
  lua_Integer last = luaL_opt(L, luaL_checkinteger, 3, luaL_len(L, 1));
  if (i > last) return 0;
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)i;
  if (count >= INT_MAX || !lua_checkstack(L, (int)(count + 1))) {
    return luaL_error(L, "too many results to unpack");
  }
  for (; i < last; i++) {
    pg_check_interrupt(L, host);
    lua_geti(L, 1, i);
  }
  lua_geti(L, 1, last);
  return (int)(count + 1);
}

const luaL_Reg pg_table_functions[] = {{"insert", table_insert}, {"remove", table_remove},
                                       {"move", table_move},     {"concat", table_concat},
                                       {"sort", table_sort},     {"unpack", table_unpack},
                                       {NULL, NULL}};
