// How scripts see the tables of models: reading, assigning, walking through them.
#include "node.h"

#include "prelude.h"

const char pg_node_keys[6];

bool pg_is_node(lua_State *L, const pg_host *host, int index) {
  if (!lua_istable(L, index) || !lua_getmetatable(L, index)) return false;
  bool is_node = lua_topointer(L, -1) == host->node_meta;
  lua_pop(L, 1);
  return is_node;
}

void pg_push_content(lua_State *L, int index) { lua_rawgetp(L, index, PG_NODE_CONTENT); }

bool pg_is_list_content(lua_State *L, const pg_host *host, int index) {
  lua_getmetatable(L, index);
  bool is_list = lua_topointer(L, -1) == host->array_meta;
  lua_pop(L, 1);
  return is_list;
}

// Lists the node among those that the next commit looks at. stack: unchanged
static void note_changed(lua_State *L, pg_host *host, int node) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->changed_nodes);
  lua_pushvalue(L, node);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
  host->touched = true;
}

void pg_node_keep_list(lua_State *L, int node) {
  pg_host *host = pg_host_of(L);
  bool is_kept = lua_rawgetp(L, node, PG_NODE_BEFORE) != LUA_TNIL;
  lua_pop(L, 1);
  if (is_kept) return;
  luaL_checkstack(L, 6, "model");
  pg_push_content(L, node);
  lua_Integer length = (lua_Integer)lua_rawlen(L, -1);
  lua_createtable(L, (int)length, 0);
  for (lua_Integer i = 1; i <= length; i++) {
    lua_rawgeti(L, -2, i);
    lua_rawseti(L, -2, i);
  }
  pg_mark_array(L, host);
  note_changed(L, host, node);
  lua_rawsetp(L, node, PG_NODE_BEFORE);
  lua_pop(L, 1);
}

void pg_node_keep_field(lua_State *L, int node, int key) {
  pg_host *host = pg_host_of(L);
  luaL_checkstack(L, 6, "model");
  if (lua_rawgetp(L, node, PG_NODE_BEFORE) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    pg_mark_object(L, host);
    note_changed(L, host, node);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, node, PG_NODE_BEFORE);
  }  // stack: … before
  lua_pushvalue(L, key);
  // A list that has become an object is replaced whole.
  bool is_kept = pg_is_list_content(L, host, -2) || lua_rawget(L, -2) != LUA_TNIL;
  lua_pop(L, 1);
  if (!is_kept) {
    pg_push_content(L, node);
    lua_pushvalue(L, key);
    if (lua_rawget(L, -2) == LUA_TNIL) {
      lua_pop(L, 1);
      lua_pushlightuserdata(L, (void *)PG_NODE_ABSENT);
    }  // stack: … before content old
    lua_pushvalue(L, key);
    lua_insert(L, -2);
    lua_rawset(L, -4);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

void pg_node_set_place(lua_State *L, int parent, int key) {
  if (!pg_is_node(L, pg_host_of(L), -1)) return;
  if (parent != 0) {
    lua_pushvalue(L, parent);
    lua_pushvalue(L, key);
  } else {
    lua_pushnil(L);
    lua_pushnil(L);
  }
  lua_rawsetp(L, -3, PG_NODE_PLACE);
  lua_rawsetp(L, -2, PG_NODE_PARENT);
}

// Numbers stand for their digits in objects, as they do on the wire.
static void name_number(lua_State *L, int key) {
  int is_integer;
  lua_Integer number = lua_tointegerx(L, key, &is_integer);
  if (lua_type(L, key) != LUA_TNUMBER || !is_integer) return;
  lua_pushfstring(L, "%I", (LUAI_UACINT)number);
  lua_replace(L, key);
}

// node[key]. Upvalue: the methods of lists.
static int node_index(lua_State *L) {
  pg_push_content(L, 1);
  bool is_list = pg_is_list_content(L, pg_host_of(L), 3);
  if (!is_list) name_number(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, 3) == LUA_TNIL && is_list) {
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
  }
  return 1;
}

static void check_field_name(lua_State *L, int key) {
  if (lua_type(L, key) != LUA_TSTRING) {
    pg_script_error(L, "a %s cannot be a key in a model", luaL_typename(L, key));
  }
  size_t length;
  const char *text = lua_tolstring(L, key, &length);
  if (pg_utf8_valid((const uint8_t *)text, length) != length) {
    pg_script_error(L, "a key is not valid UTF-8");
  }
}

// Makes an empty list an object, for it is given a name. stack: node key value content → the same
static void become_object(lua_State *L) {
  pg_node_keep_list(L, 1);
  lua_newtable(L);
  pg_mark_object(L, pg_host_of(L));
  lua_pushvalue(L, -1);
  lua_rawsetp(L, 1, PG_NODE_CONTENT);
  lua_replace(L, 4);
}

// Puts the stored value on top at the key. stack: node key value content old stored
static void replace_value(lua_State *L) {
  lua_pushvalue(L, 5);
  pg_node_set_place(L, 0, 0);
  lua_pop(L, 1);
  pg_node_set_place(L, 1, 2);
  lua_pushvalue(L, 2);
  lua_insert(L, -2);
  lua_rawset(L, 4);
}

static int set_field(lua_State *L) {
  name_number(L, 2);
  check_field_name(L, 2);
  lua_pushvalue(L, 2);
  lua_rawget(L, 4);
  if (lua_rawequal(L, 3, 5)) return 0;
  if (lua_isnil(L, 3)) {
    lua_pushnil(L);
  } else {
    pg_push_stored(L, 1, 3);
  }
  pg_node_keep_field(L, 1, 2);
  replace_value(L);
  return 0;
}

static int set_item(lua_State *L) {
  int is_integer;
  lua_Integer index = lua_tointegerx(L, 2, &is_integer);
  lua_Integer length = (lua_Integer)lua_rawlen(L, 4);
  if (!is_integer) {
    return pg_script_error(L, "a list has no field for a %s; only its items can be set",
                           luaL_typename(L, 2));
  }
  bool removes = lua_isnil(L, 3);
  if (removes && index == length + 1) return 0;
  if (index < 1 || index > length + 1) {
    return pg_script_error(L, "item %I would leave a gap in a list of %I; mark the table with "
                           "perigee.json.object to name its fields by numbers",
                           (LUAI_UACINT)index, (LUAI_UACINT)length);
  }
  if (removes && index != length) {
    return pg_script_error(L, "item %I of a list cannot be nil; use list:remove(%I)",
                           (LUAI_UACINT)index, (LUAI_UACINT)index);
  }
  lua_pushinteger(L, index);
  lua_replace(L, 2);
  lua_rawgeti(L, 4, index);
  if (lua_rawequal(L, 3, 5)) return 0;
  if (removes) {
    lua_pushnil(L);
  } else {
    pg_push_stored(L, 1, 3);
  }
  pg_node_keep_list(L, 1);
  replace_value(L);
  return 0;
}

// node[key] = value
static int node_newindex(lua_State *L) {
  pg_push_content(L, 1);
  if (!pg_is_list_content(L, pg_host_of(L), 4)) return set_field(L);
  if (lua_type(L, 2) != LUA_TSTRING || lua_rawlen(L, 4) > 0) return set_item(L);
  if (lua_isnil(L, 3)) return 0;
  check_field_name(L, 2);
  pg_push_stored(L, 1, 3);
  lua_replace(L, 3);
  become_object(L);
  lua_pushnil(L);
  lua_pushvalue(L, 3);
  replace_value(L);
  return 0;
}

// #node
static int node_length(lua_State *L) {
  pg_push_content(L, 1);
  bool is_list = pg_is_list_content(L, pg_host_of(L), -1);
  lua_pushinteger(L, is_list ? (lua_Integer)lua_rawlen(L, -1) : 0);
  return 1;
}

// next(node, key)
static int node_next(lua_State *L) {
  lua_settop(L, 2);
  // Scripts get this function from pairs, and may call it with anything.
  if (!pg_is_node(L, pg_host_of(L), 1)) return luaL_typeerror(L, 1, "table of a model");
  pg_push_content(L, 1);
  lua_insert(L, 2);  // stack: node content key
  return lua_next(L, 2) ? 2 : (lua_pushnil(L), 1);
}

// pairs(node)
static int node_pairs(lua_State *L) {
  lua_pushcfunction(L, node_next);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

// host.root(value, record) -> a root
static int host_root(lua_State *L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  pg_push_root(L, 1, 2);
  return 1;
}

// host.plain(value) -> a copy without nodes
static int host_plain(lua_State *L) {
  luaL_checkany(L, 1);
  pg_push_plain(L, 1);
  return 1;
}

// host.is_node(value)
static int host_is_node(lua_State *L) {
  lua_pushboolean(L, pg_is_node(L, pg_host_of(L), 1));
  return 1;
}

static const luaL_Reg host_functions[] = {{"root", host_root},
                                          {"plain", host_plain},
                                          {"is_node", host_is_node},
                                          {"commit", pg_node_commit},
                                          {"reset", pg_node_reset},
                                          {"renew", pg_node_renew},
                                          {"rollback", pg_node_rollback},
                                          {NULL, NULL}};

void pg_node_open(lua_State *L, pg_host *host) {
  static const luaL_Reg metamethods[] = {{"__newindex", node_newindex},
                                         {"__len", node_length},
                                         {"__pairs", node_pairs},
                                         {NULL, NULL}};
  luaL_newlib(L, metamethods);
  lua_createtable(L, 0, 8);
  luaL_setfuncs(L, pg_node_list_methods, 0);
  lua_pushcclosure(L, node_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, "model");
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  host->node_meta = lua_topointer(L, -1);
  host->node_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_newtable(L);
  host->changed_nodes = luaL_ref(L, LUA_REGISTRYINDEX);
  pg_prelude_add(L, host, host_functions);
}
