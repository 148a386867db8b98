// What scripts do with the lists of models as a whole: the methods of a list, and the functions of
// `table` when they are given one. Items that only change places stay what they are.
#include "node.h"
#include "prelude.h"
#include "sort.h"

// Slots of the arguments, and of what sorting works with
enum { LIST = 1, ORDER, ITEMS, SORTED };

// Pushes the content of the list at slot 1. stack: … → … content
static lua_Integer push_list(lua_State *L, const char *method) {
  pg_host *host = pg_host_of(L);
  luaL_checkstack(L, 8, "list");
  if (!pg_is_node(L, host, LIST)) {
    pg_script_error(L, "call it with a colon: list:%s(...)", method);
  }
  pg_push_content(L, LIST);
  if (!pg_is_list_content(L, host, -1)) {
    pg_script_error(L, "%s is for lists, and this table of a model has named fields", method);
  }
  return (lua_Integer)lua_rawlen(L, -1);
}

// Puts the value at `value` before item `position`.
static void insert(lua_State *L, const char *method, lua_Integer position, int value) {
  value = lua_absindex(L, value);
  lua_Integer length = push_list(L, method);
  int content = lua_gettop(L);
  if (lua_isnoneornil(L, value)) pg_script_error(L, "%s needs a value", method);
  if (length >= INT32_MAX - 1) pg_script_error(L, "the list is too long");
  pg_push_stored(L, LIST, value);
  pg_node_keep_list(L, LIST);
  lua_pushinteger(L, position);
  lua_insert(L, -2);
  pg_node_set_place(L, LIST, content + 1);  // stack: … content position stored
  // The first step is the only one that needs memory.
  for (lua_Integer i = length; i >= position; i--) {
    lua_rawgeti(L, content, i);
    lua_rawseti(L, content, i + 1);
  }
  lua_rawseti(L, content, position);
  lua_settop(L, content - 1);
}

// Pushes the item that it takes out. stack: … → … item
static void take(lua_State *L, const char *method, lua_Integer position) {
  lua_Integer length = push_list(L, method);
  if (position < 1 || position > length) {
    lua_pushnil(L);
    lua_replace(L, -2);
    return;
  }
  pg_node_keep_list(L, LIST);
  lua_rawgeti(L, -1, position);
  pg_node_set_place(L, 0, 0);
  for (lua_Integer i = position; i < length; i++) {
    lua_rawgeti(L, -2, i + 1);
    lua_rawseti(L, -3, i);
  }
  lua_pushnil(L);
  lua_rawseti(L, -3, length);
  lua_replace(L, -2);
}

static lua_Integer length_of(lua_State *L, const char *method) {
  lua_Integer length = push_list(L, method);
  lua_pop(L, 1);
  return length;
}

static lua_Integer position_at(lua_State *L, int index, const char *method, lua_Integer most) {
  int is_integer;
  lua_Integer position = lua_tointegerx(L, index, &is_integer);
  if (!is_integer || lua_type(L, index) != LUA_TNUMBER) {
    pg_script_error(L, "%s needs a whole number, not a %s", method, luaL_typename(L, index));
  }
  if (position < 1 || position > most) {
    pg_script_error(L, "%s: there is no position %I in a list of %I", method,
                    (LUAI_UACINT)position, (LUAI_UACINT)length_of(L, method));
  }
  return position;
}

// How many slots hold the list and the values to put in.
static int check_values(lua_State *L, const char *method) {
  int last = lua_gettop(L);
  length_of(L, method);
  if (last < 2) pg_script_error(L, "%s needs a value", method);
  return last;
}

// list:push(value, …)
static int list_push(lua_State *L) {
  int last = check_values(L, "push");
  for (int i = 2; i <= last; i++) {
    pg_check_interrupt(L, pg_host_of(L));
    insert(L, "push", length_of(L, "push") + 1, i);
  }
  return 0;
}

// list:unshift(value, …): the first value comes first
static int list_unshift(lua_State *L) {
  int last = check_values(L, "unshift");
  for (int i = 2; i <= last; i++) {
    pg_check_interrupt(L, pg_host_of(L));
    insert(L, "unshift", i - 1, i);
  }
  return 0;
}

// list:pop()
static int list_pop(lua_State *L) {
  take(L, "pop", length_of(L, "pop"));
  return 1;
}

// list:shift()
static int list_shift(lua_State *L) {
  take(L, "shift", 1);
  return 1;
}

// list:insert([position,] value)
int pg_node_insert(lua_State *L) {
  lua_Integer length = length_of(L, "insert");
  switch (lua_gettop(L)) {
    case 2: insert(L, "insert", length + 1, 2); return 0;
    case 3: insert(L, "insert", position_at(L, 2, "insert", length + 1), 3); return 0;
    default: return pg_script_error(L, "wrong number of arguments to 'insert'");
  }
}

// list:remove([position])
int pg_node_remove(lua_State *L) {
  lua_Integer length = length_of(L, "remove");
  lua_Integer position = length;
  if (!lua_isnoneornil(L, 2) && !(length == 0 && lua_tointeger(L, 2) == 0)) {
    position = position_at(L, 2, "remove", length + 1);
  }
  take(L, "remove", position);
  return 1;
}

// list:clear()
static int list_clear(lua_State *L) {
  lua_Integer length = push_list(L, "clear");
  if (length == 0) return 0;
  lua_newtable(L);
  pg_mark_array(L, pg_host_of(L));
  pg_node_keep_list(L, LIST);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_rawgeti(L, -2, i);
    pg_node_set_place(L, 0, 0);
    lua_pop(L, 1);
  }
  lua_rawsetp(L, LIST, PG_NODE_CONTENT);
  return 0;
}

// Pushes a table with the items of the one at `from`.
static void push_items(lua_State *L, int from, lua_Integer length) {
  lua_createtable(L, (int)length, 0);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_rawgeti(L, from, i);
    lua_rawseti(L, -2, i);
  }
}

// Raises when the order function has changed the list. stack: … content
static void check_unchanged(lua_State *L, lua_Integer length) {
  bool same = (lua_Integer)lua_rawlen(L, -1) == length;
  for (lua_Integer i = 1; i <= length && same; i++) {
    lua_rawgeti(L, -1, i);
    lua_rawgeti(L, ITEMS, i);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
  }
  if (!same) pg_script_error(L, "the list was changed while it was being sorted");
}

// stack: items order → items, sorted
static int sort_items(lua_State *L) {
  pg_sort(L, (lua_Integer)lua_rawlen(L, 1));
  lua_settop(L, 1);
  return 1;
}

// list:sort([order]), stable
int pg_node_sort(lua_State *L) {
  lua_settop(L, ORDER);
  if (!lua_isnil(L, ORDER)) luaL_checktype(L, ORDER, LUA_TFUNCTION);
  lua_Integer length = push_list(L, "sort");
  if (length < 2) return 0;
  if (length >= INT32_MAX) return pg_script_error(L, "the list is too long");
  push_items(L, ITEMS, length);  // of the content, which is there now
  lua_replace(L, ITEMS);
  lua_pushcfunction(L, sort_items);
  push_items(L, ITEMS, length);
  lua_pushvalue(L, ORDER);
  lua_call(L, 2, 1);
  push_list(L, "sort");  // stack: list order items sorted content
  check_unchanged(L, length);
  pg_node_keep_list(L, LIST);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_rawgeti(L, SORTED, i);
    lua_rawseti(L, -2, i);
  }
  return 0;
}

const luaL_Reg pg_node_list_methods[] = {{"push", list_push},
                                         {"pop", list_pop},
                                         {"shift", list_shift},
                                         {"unshift", list_unshift},
                                         {"insert", pg_node_insert},
                                         {"remove", pg_node_remove},
                                         {"sort", pg_node_sort},
                                         {"clear", list_clear},
                                         {NULL, NULL}};
