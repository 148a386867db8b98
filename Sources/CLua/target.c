// What `to` and `except` answer: rooms to reach and rooms to spare, with the methods to, except and
// emit. A target never changes; each step makes a new one.
#include "send.h"

#define TARGET_META "perigee.target"
enum { ROOMS = 1, EXCEPTED = 2 };  // user values: lists of names

typedef struct target {
  const pg_namespace *ns;
  uint64_t left_out;
} target;

// Appends the names from slot `first` to slot `last` to the list on top. stack: … list → … list
static void append_names(lua_State *L, int first, int last) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  for (int i = first; i <= last; i++) {
    size_t length;
    pg_check_name(L, i, &length);
    lua_pushvalue(L, i);
    lua_rawseti(L, -2, ++count);
  }
}

// stack: … → … copy, of the user value `which` of the target at `from` (0: an empty list)
static void push_copy(lua_State *L, int from, int which) {
  lua_newtable(L);
  if (from == 0) return;
  lua_getiuservalue(L, from, which);
  lua_Integer count = (lua_Integer)lua_rawlen(L, -1);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -3, i);
  }
  lua_pop(L, 1);
}

// Makes a target like the one at `from` (0: none) with the names from `first` on.
static void extend(lua_State *L, target as, int from, int first, bool excepting) {
  int last = lua_gettop(L);
  if (last < first) luaL_error(L, "name at least one room");
  luaL_checkstack(L, 6, "rooms");
  target *made = lua_newuserdatauv(L, sizeof *made, 2);
  *made = as;
  luaL_setmetatable(L, TARGET_META);
  for (int which = ROOMS; which <= EXCEPTED; which++) {
    push_copy(L, from, which);
    if ((which == EXCEPTED) == excepting) append_names(L, first, last);
    lua_setiuservalue(L, -2, which);
  }
}

void pg_push_target(lua_State *L, const pg_namespace *ns, uint64_t left_out, int first,
                    bool excepting) {
  extend(L, (target){ns, left_out}, 0, first, excepting);
}

static int target_to(lua_State *L) {
  target *from = luaL_checkudata(L, 1, TARGET_META);
  extend(L, *from, 1, 2, false);
  return 1;
}

static int target_except(lua_State *L) {
  target *from = luaL_checkudata(L, 1, TARGET_META);
  extend(L, *from, 1, 2, true);
  return 1;
}

static int target_emit(lua_State *L) {
  target *to = luaL_checkudata(L, 1, TARGET_META);
  lua_getiuservalue(L, 1, ROOMS);
  lua_getiuservalue(L, 1, EXCEPTED);
  // The lists go below the event, so that it and its values end the stack.
  lua_rotate(L, 2, 2);
  pg_broadcast(L, to->ns, to->left_out, 2, 3, 4);
  return 0;
}

void pg_target_open(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"to", target_to}, {"except", target_except}, {"emit", target_emit}, {NULL, NULL}};
  luaL_newmetatable(L, TARGET_META);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "target");
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
