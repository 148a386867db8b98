// Values on their way into a model, and out of it: models hold copies, and only what has a form in
// JSON.
#include "handshake.h"
#include "node.h"
#include "prelude.h"

// Adds where a value stands to the messages about it.
static int unsuitable(lua_State *L, int key, const char *what) {
  if (key != 0 && lua_type(L, key) == LUA_TSTRING) {
    return pg_script_error(L, "%s cannot be part of a model (at \"%s\")", what,
                           lua_tostring(L, key));
  }
  if (key != 0 && lua_isinteger(L, key)) {
    return pg_script_error(L, "%s cannot be part of a model (at item %I)", what,
                           (LUAI_UACINT)lua_tointeger(L, key));
  }
  return pg_script_error(L, "%s cannot be part of a model", what);
}

static void check_scalar(lua_State *L, int index, int key) {
  size_t length;
  const char *text;
  switch (lua_type(L, index)) {
    case LUA_TSTRING:
      text = lua_tolstring(L, index, &length);
      if (pg_utf8_valid((const uint8_t *)text, length) != length) {
        unsuitable(L, key, "a string that is not valid UTF-8");
      }
      return;
    case LUA_TNUMBER:
      if (!lua_isinteger(L, index) && lua_tonumber(L, index) - lua_tonumber(L, index) != 0) {
        unsuitable(L, key, "infinity or NaN");
      }
      return;
    case LUA_TBOOLEAN:
    case LUA_TLIGHTUSERDATA: return;
    default:
      lua_pushfstring(L, "a %s", luaL_typename(L, index));
      unsuitable(L, key, lua_tostring(L, -1));
  }
}

// Pushes a new node around the content on top. stack: … content → … node
static void wrap(lua_State *L, const pg_host *host) {
  lua_createtable(L, 0, 4);
  lua_insert(L, -2);
  lua_rawsetp(L, -2, PG_NODE_CONTENT);
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->node_ref);
  lua_setmetatable(L, -2);
}

static void copy_value(lua_State *L, pg_host *host, int index, int depth, int key);

// Copies the items 1…length of the table at `from` into the content on top.
static void copy_items(lua_State *L, pg_host *host, int from, lua_Integer length, int depth,
                       int node) {
  int content = lua_gettop(L);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_pushinteger(L, i);
    lua_rawgeti(L, from, i);
    if (lua_isnil(L, -1)) {
      pg_script_error(L, "a list has gaps or keys that are not numbers; fill gaps with "
                         "perigee.null");
    }
    copy_value(L, host, content + 2, depth, content + 1);
    pg_node_set_place(L, node, content + 1);
    lua_rawseti(L, content, i);
    lua_settop(L, content);
  }
}

static void check_key(lua_State *L, int key) {
  size_t length;
  if (lua_isinteger(L, key)) {
    pg_script_error(L, "a table with gaps or with both numbers and names as keys cannot be part of "
                       "a model (at key %I); fill gaps with perigee.null, or mark it with "
                       "perigee.json.object", (LUAI_UACINT)lua_tointeger(L, key));
  }
  if (lua_type(L, key) != LUA_TSTRING) {
    pg_script_error(L, "a %s cannot be a key in a model", luaL_typename(L, key));
  }
  const char *text = lua_tolstring(L, key, &length);
  if (pg_utf8_valid((const uint8_t *)text, length) != length) {
    pg_script_error(L, "a key is not valid UTF-8");
  }
}

// Copies the fields of the table at `from` into the content on top.
static void copy_fields(lua_State *L, pg_host *host, int from, bool marked, int depth, int node) {
  int content = lua_gettop(L), key = content + 2;
  lua_pushnil(L);
  while (lua_next(L, from)) {
    lua_pushvalue(L, content + 1);
    lua_insert(L, key);  // stack: content key-for-next key value
    if (marked && lua_isinteger(L, key)) {
      lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, key));
      lua_replace(L, key);
    }
    check_key(L, key);
    copy_value(L, host, key + 1, depth, key);
    pg_node_set_place(L, node, key);
    lua_pushvalue(L, key);
    lua_insert(L, -2);
    lua_rawset(L, content);
    lua_settop(L, content + 1);
  }
}

// How many entries the table at `from` has.
static lua_Integer count_entries(lua_State *L, int from) {
  lua_Integer count = 0;
  lua_pushnil(L);
  while (lua_next(L, from)) {
    lua_pop(L, 1);
    count++;
  }
  return count;
}

// Whether the table at `from` is to be a list, which has `*length` items then.
static bool is_list(lua_State *L, const pg_host *host, int from, const void *meta,
                    lua_Integer *length) {
  *length = (lua_Integer)lua_rawlen(L, from);
  if (meta == host->object_meta) return false;
  lua_Integer count = count_entries(L, from);
  if (meta == host->array_meta && count != *length) {
    pg_script_error(L, "a list has gaps or keys that are not numbers; fill gaps with perigee.null");
  }
  return count == *length;
}

// Pushes a node that holds a copy of the table at `from`.
static void copy_table(lua_State *L, pg_host *host, int from, int depth, int key) {
  luaL_checkstack(L, 14, "model");
  if (depth <= 0) {
    pg_script_error(L, "a table is nested too deeply for a model, or contains itself");
  }
  pg_check_interrupt(L, host);
  const void *meta = NULL;
  if (lua_getmetatable(L, from)) {
    meta = lua_topointer(L, -1);
    lua_pop(L, 1);
  }
  if (meta == host->binary_meta) unsuitable(L, key, "a binary value");
  if (meta == host->handshake_meta) pg_handshake_fill(L, from);
  if (meta == host->node_meta) {
    pg_push_content(L, from);
    copy_table(L, host, lua_gettop(L), depth, key);
    lua_replace(L, -2);
    return;
  }
  lua_Integer length;
  bool list = is_list(L, host, from, meta, &length);
  lua_createtable(L, list ? (int)length : 0, 0);
  lua_pushvalue(L, -1);
  wrap(L, host);
  lua_insert(L, -2);  // stack: … node content
  int node = lua_gettop(L) - 1;
  if (list) {
    pg_mark_array(L, host);
    copy_items(L, host, from, length, depth - 1, node);
  } else {
    pg_mark_object(L, host);
    copy_fields(L, host, from, meta == host->object_meta, depth - 1, node);
  }
  lua_settop(L, node);
}

// Pushes a copy of the value at `index`; `key`, for messages, is where it stands.
static void copy_value(lua_State *L, pg_host *host, int index, int depth, int key) {
  if (lua_istable(L, index)) {
    copy_table(L, host, index, depth, key);
  } else {
    check_scalar(L, index, key);
    lua_pushvalue(L, index);
  }
}

// How many levels the node at `index` has.
static int height(lua_State *L, const pg_host *host, int index, int most) {
  int highest = 0;
  if (most <= 0) return 0;
  luaL_checkstack(L, 5, "model");
  pg_push_content(L, index);
  int content = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, content)) {
    if (pg_is_node(L, host, content + 2)) {
      int below = height(L, host, content + 2, most - 1);
      if (below > highest) highest = below;
    }
    lua_settop(L, content + 1);
  }
  lua_settop(L, content - 1);
  return highest + 1;
}

// How many levels are above what is put into the container, it included. Raises when the value at
// `value` is one of them.
static int levels_above(lua_State *L, const pg_host *host, int container, int value) {
  int levels = 0;
  lua_pushvalue(L, container);
  while (pg_is_node(L, host, -1)) {
    if (value != 0 && lua_rawequal(L, -1, value)) {
      pg_script_error(L, "a table of a model cannot contain itself");
    }
    levels++;
    lua_rawgetp(L, -1, PG_NODE_PARENT);
    lua_replace(L, -2);
  }
  lua_pop(L, 1);
  return levels;
}

static bool stands_nowhere(lua_State *L, const pg_host *host, int index) {
  if (!pg_is_node(L, host, index)) return false;
  bool nowhere = lua_rawgetp(L, index, PG_NODE_PARENT) == LUA_TNIL;
  lua_pop(L, 1);
  return nowhere;
}

void pg_push_stored(lua_State *L, int container, int index) {
  pg_host *host = pg_host_of(L);
  luaL_checkstack(L, 8, "model");
  if (!lua_istable(L, index)) {
    check_scalar(L, index, 0);
    lua_pushvalue(L, index);
    return;
  }
  bool adopts = stands_nowhere(L, host, index);
  int left = host->limits.json_depth - PG_NODE_ENVELOPE -
             levels_above(L, host, container, adopts ? index : 0);
  if (!adopts) {
    copy_table(L, host, index, left, 0);
    return;
  }
  if (height(L, host, index, left + 1) > left) {
    pg_script_error(L, "a table is nested too deeply for a model");
  }
  lua_pushvalue(L, index);
}

void pg_push_root(lua_State *L, int index, int record) {
  pg_host *host = pg_host_of(L);
  luaL_checkstack(L, 8, "model");
  if (!lua_istable(L, index)) {
    pg_script_error(L, "a model begins as a table, not as a %s", luaL_typename(L, index));
  }
  copy_table(L, host, index, host->limits.json_depth - PG_NODE_ENVELOPE, 0);
  pg_push_content(L, -1);
  if (pg_is_list_content(L, host, -1)) {
    if (lua_rawlen(L, -1) > 0) pg_script_error(L, "a model has named fields; it cannot be a list");
    pg_mark_object(L, host);
  }
  lua_pop(L, 1);
  lua_pushvalue(L, record);
  lua_rawsetp(L, -2, PG_NODE_PARENT);
}

// Pushes a plain copy of the node at `index`.
static void copy_out(lua_State *L, pg_host *host, int index) {
  luaL_checkstack(L, 8, "model");
  pg_check_interrupt(L, host);
  pg_push_content(L, index);
  int content = lua_gettop(L);
  lua_newtable(L);
  if (pg_is_list_content(L, host, content)) pg_mark_array(L, host);
  lua_pushnil(L);
  while (lua_next(L, content)) {  // stack: content copy key value
    lua_pushvalue(L, -2);
    if (pg_is_node(L, host, content + 3)) {
      copy_out(L, host, content + 3);
    } else {
      lua_pushvalue(L, content + 3);
    }
    lua_rawset(L, content + 1);
    lua_settop(L, content + 2);
  }
  lua_remove(L, content);
}

void pg_push_plain(lua_State *L, int index) {
  pg_host *host = pg_host_of(L);
  if (pg_is_node(L, host, index)) {
    copy_out(L, host, index);
  } else {
    lua_pushvalue(L, index);
  }
}
