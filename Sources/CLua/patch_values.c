// What has changed between two states of a value. Nodes that are where they were are known by their
// identity; only what changed in them is looked at. Others are compared by what they hold.
#include "patch.h"

// Few enough children to look for each in its list, one after the other.
#define FEW_CHILDREN 8

static bool is_absent(lua_State *L, int index) {
  return lua_touserdata(L, index) == (void *)PG_NODE_ABSENT &&
         lua_type(L, index) == LUA_TLIGHTUSERDATA;
}

static bool has_changes(pg_patch *p, int node) {
  lua_pushvalue(p->e.L, node);
  bool found = lua_rawget(p->e.L, p->changed) != LUA_TNIL;
  lua_pop(p->e.L, 1);
  return found;
}

// The content of an object as it was. stack: … content fields → … content fields
static void add_unchanged(lua_State *L) {
  int fields = lua_gettop(L), content = fields - 1;
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, content)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, fields + 1);
  }
  lua_pushnil(L);
  while (lua_next(L, fields)) {
    lua_pushvalue(L, -2);
    if (is_absent(L, -2)) {
      lua_pushnil(L);
    } else {
      lua_pushvalue(L, -2);
    }
    lua_rawset(L, fields + 1);
    lua_pop(L, 1);
  }
  pg_mark_object(L, pg_host_of(L));
  lua_replace(L, fields);
}

void pg_patch_push_before(pg_patch *p, int node) {
  lua_State *L = p->e.L;
  luaL_checkstack(L, 8, "patch");
  pg_push_content(L, node);
  if (lua_rawgetp(L, node, PG_NODE_BEFORE) == LUA_TNIL) {
    lua_pop(L, 1);
    return;
  }
  bool was_list = pg_is_list_content(L, p->e.host, -1);
  if (!was_list && !pg_is_list_content(L, p->e.host, -2)) add_unchanged(L);
  lua_remove(L, -2);
}

// Compares the contents on top. stack: before now → unchanged
static bool equal_contents(pg_patch *p) {
  lua_State *L = p->e.L;
  int now = lua_gettop(L), before = now - 1;
  bool is_list = pg_is_list_content(L, p->e.host, before);
  if (is_list != pg_is_list_content(L, p->e.host, now)) return false;
  if (is_list && lua_rawlen(L, before) != lua_rawlen(L, now)) return false;
  size_t fields = 0;
  lua_pushnil(L);
  while (lua_next(L, before)) {  // stack: before now key old
    lua_pushvalue(L, -2);
    lua_rawget(L, now);
    bool same = pg_patch_equal(p, now + 2, now + 3);
    lua_settop(L, same ? now + 1 : now);
    if (!same) return false;
    fields++;
  }
  if (is_list) return true;
  lua_pushnil(L);
  while (lua_next(L, now)) {
    lua_pop(L, 1);
    if (fields-- == 0) {
      lua_settop(L, now);
      return false;
    }
  }
  return true;
}

bool pg_patch_equal(pg_patch *p, int before, int now) {
  lua_State *L = p->e.L;
  bool is_node = pg_is_node(L, p->e.host, before);
  bool same = lua_rawequal(L, before, now);
  if (!is_node || !pg_is_node(L, p->e.host, now)) return same;
  if (same && !has_changes(p, now)) return true;
  pg_check_interrupt(L, p->e.host);
  luaL_checkstack(L, 10, "patch");
  int top = lua_gettop(L);
  pg_patch_push_before(p, before);
  pg_push_content(L, now);
  bool equal = equal_contents(p);
  lua_settop(L, top);
  return equal;
}

// Where the child stands in the list at `content`: where it was noted, or somewhere else.
static lua_Integer find_item(lua_State *L, int content, int child) {
  lua_rawgetp(L, child, PG_NODE_PLACE);
  lua_Integer noted = lua_tointeger(L, -1), length = (lua_Integer)lua_rawlen(L, content);
  lua_pop(L, 1);
  for (lua_Integer i = 0; i <= length; i++) {
    lua_Integer index = i == 0 ? noted : i;
    lua_rawgeti(L, content, index);
    bool found = lua_rawequal(L, -1, child);
    lua_pop(L, 1);
    if (!found) continue;
    lua_pushinteger(L, index);
    lua_rawsetp(L, child, PG_NODE_PLACE);
    return index;
  }
  return 0;
}

// Notes for every item of a list where it stands.
static void note_places(lua_State *L, const pg_host *host, int content) {
  lua_Integer length = (lua_Integer)lua_rawlen(L, content);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_rawgeti(L, content, i);
    if (pg_is_node(L, host, -1)) {
      lua_pushinteger(L, i);
      lua_rawsetp(L, -2, PG_NODE_PLACE);
    }
    lua_pop(L, 1);
  }
}

// Whether the child, item `index` of its list of `length`, is what stood there.
static bool is_kept_item(lua_State *L, const pg_patch_was *was, lua_Integer index,
                         lua_Integer length, int child) {
  lua_Integer first = was->first;
  if (index > first && index <= first + was->count) {
    uint8_t state = was->states != NULL ? was->states[index - 1 - first] : PG_ITEM_ADDED;
    return state == PG_ITEM_KEPT || state == PG_ITEM_MOVED;
  }
  lua_Integer old = (lua_Integer)lua_rawlen(L, was->before);
  lua_rawgeti(L, was->before, index <= first ? index : index + old - length);
  bool same = lua_rawequal(L, -1, child);
  lua_pop(L, 1);
  return same;
}

// stack: … content child → unchanged
static void patch_item(pg_patch *p, const pg_patch_was *was) {
  lua_State *L = p->e.L;
  int child = lua_gettop(L), content = child - 1;
  lua_Integer index = find_item(L, content, child), count = (lua_Integer)lua_rawlen(L, content);
  if (index == 0 || (was != NULL && !is_kept_item(L, was, index, count, child))) return;
  size_t length = pg_patch_enter_item(p, (size_t)index - 1);
  pg_patch_node(p, child);
  pg_patch_leave(p, length);
}

// Whether the child with the key on top is the field that it was.
static bool is_kept_field(lua_State *L, const pg_patch_was *was, int child) {
  lua_pushvalue(L, -1);
  int type = lua_rawget(L, was->before);
  bool same = type == LUA_TNIL ? was->only_changes : lua_rawequal(L, -1, child);
  lua_pop(L, 1);
  return same;
}

// stack: … content child → … content child key
static void patch_field(pg_patch *p, const pg_patch_was *was) {
  lua_State *L = p->e.L;
  int child = lua_gettop(L);
  lua_rawgetp(L, child, PG_NODE_PLACE);
  if (was != NULL && !is_kept_field(L, was, child)) return;
  size_t length = pg_patch_enter(p, child + 1);
  pg_patch_node(p, child);
  pg_patch_leave(p, length);
}

void pg_patch_children(pg_patch *p, int node, const pg_patch_was *was) {
  lua_State *L = p->e.L;
  int top = lua_gettop(L);
  luaL_checkstack(L, 10, "patch");
  lua_pushvalue(L, node);
  if (lua_rawget(L, p->changed) == LUA_TTABLE) {
    pg_push_content(L, node);  // stack: … children content
    bool is_list = pg_is_list_content(L, p->e.host, top + 2);
    lua_Integer children = (lua_Integer)lua_rawlen(L, top + 1);
    if (is_list && children > FEW_CHILDREN) note_places(L, p->e.host, top + 2);
    for (lua_Integer i = 1; i <= children; i++) {
      pg_check_interrupt(L, p->e.host);
      lua_rawgeti(L, top + 1, i);
      if (is_list) {
        patch_item(p, was);
      } else {
        patch_field(p, was);
      }
      lua_settop(L, top + 2);
    }
  }
  lua_settop(L, top);
}

// Writes the change of one field. stack: … key old now
static void patch_value(pg_patch *p, int key) {
  lua_State *L = p->e.L;
  int old = key + 1, now = key + 2;
  bool was_absent = lua_isnil(L, old) || is_absent(L, old);
  if (was_absent && lua_isnil(L, now)) return;
  size_t length = pg_patch_enter(p, key);
  if (was_absent) {
    pg_patch_add(p, "add", now);
  } else if (lua_isnil(L, now)) {
    pg_patch_add(p, "remove", 0);
  } else if (!lua_rawequal(L, old, now)) {
    pg_patch_values(p, old, now);
  }
  pg_patch_leave(p, length);
}

// The fields in `before` against those in `now`.
static void patch_fields(pg_patch *p, int before, int now) {
  lua_State *L = p->e.L;
  int top = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, before)) {
    pg_check_interrupt(L, p->e.host);
    lua_pushvalue(L, top + 1);
    lua_rawget(L, now);
    patch_value(p, top + 1);
    lua_settop(L, top + 1);
  }
}

// The fields that only `now` has.
static void patch_new_fields(pg_patch *p, int before, int now) {
  lua_State *L = p->e.L;
  int top = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, now)) {
    lua_pushvalue(L, top + 1);
    if (lua_rawget(L, before) == LUA_TNIL) {
      lua_insert(L, -2);  // stack: key old now
      patch_value(p, top + 1);
    }
    lua_settop(L, top + 1);
  }
}

void pg_patch_node(pg_patch *p, int node) {
  lua_State *L = p->e.L;
  int top = lua_gettop(L), before = top + 1, now = top + 2;
  luaL_checkstack(L, 10, "patch");
  lua_rawgetp(L, node, PG_NODE_BEFORE);
  pg_push_content(L, node);
  if (lua_isnil(L, before)) {
    pg_patch_children(p, node, NULL);
  } else if (pg_is_list_content(L, p->e.host, before) != pg_is_list_content(L, p->e.host, now)) {
    pg_patch_add(p, "replace", node);
  } else if (pg_is_list_content(L, p->e.host, now)) {
    pg_patch_list(p, before, now, node);
  } else {
    patch_fields(p, before, now);
    pg_patch_children(p, node, &(pg_patch_was){.before = before, .only_changes = true});
  }
  lua_settop(L, top);
}

// Compares what two nodes hold. stack: … before-content now-content
static void patch_contents(pg_patch *p, int node) {
  lua_State *L = p->e.L;
  int now = lua_gettop(L), before = now - 1;
  bool is_list = pg_is_list_content(L, p->e.host, now);
  if (is_list != pg_is_list_content(L, p->e.host, before)) {
    pg_patch_add(p, "replace", node);
  } else if (is_list) {
    pg_patch_list(p, before, now, node);
  } else {
    patch_fields(p, before, now);
    patch_new_fields(p, before, now);
    pg_patch_children(p, node, &(pg_patch_was){.before = before});
  }
}

void pg_patch_values(pg_patch *p, int before, int now) {
  lua_State *L = p->e.L;
  int top = lua_gettop(L);
  luaL_checkstack(L, 10, "patch");
  if (!pg_is_node(L, p->e.host, before) || !pg_is_node(L, p->e.host, now)) {
    pg_patch_add(p, "replace", now);
    return;
  }
  pg_patch_mark mark = pg_patch_here(p);
  pg_patch_push_before(p, before);
  pg_push_content(L, now);
  patch_contents(p, now);
  lua_settop(L, top);
  pg_patch_shorten(p, mark, now, 0);
}
