// How a list became another: what is the same in front and at the end is left alone, and of what is
// between, items are known by identity, scalars by value.
#include "patch.h"

// Operations on a list are sent as they are while they are no longer than this, or than this for each
// item of the list: then it is not worth while to see how long the list itself would be.
#define SHORT_PATCH 256
#define SHORT_ITEM 8

// The part of two lists that differs, and what came of each item in it.
typedef struct middle {
  int before, now;       // stack slots
  uint32_t first;        // items before it, the same in both
  uint32_t old_count, count;
  int32_t *source;
  uint8_t *states;
  pg_edit *edits;
  uint32_t *scratch;
} middle;

// Compares item `old` of the one list with item `new` of the other, from 1.
static bool same_items(pg_patch *p, const middle *m, lua_Integer old, lua_Integer new) {
  lua_State *L = p->e.L;
  int top = lua_gettop(L);
  lua_rawgeti(L, m->before, old);
  lua_rawgeti(L, m->now, new);
  bool same = lua_rawequal(L, -1, -2) || pg_patch_equal(p, top + 1, top + 2);
  lua_settop(L, top);
  return same;
}

static void find_middle(pg_patch *p, middle *m) {
  lua_State *L = p->e.L;
  uint32_t old = (uint32_t)lua_rawlen(L, m->before), new = (uint32_t)lua_rawlen(L, m->now);
  while (m->first < old && m->first < new && same_items(p, m, m->first + 1, m->first + 1)) {
    m->first++;
  }
  while (old > m->first && new > m->first && same_items(p, m, old, new)) {
    old--;
    new--;
  }
  m->old_count = old - m->first;
  m->count = new - m->first;
}

// Allocates what pg_list_edits needs, as userdata that a raised error leaves to the collector.
// stack: … → … userdata
static void make_room(lua_State *L, middle *m) {
  size_t both = (size_t)m->old_count + m->count;
  size_t edits = both * sizeof *m->edits;
  size_t scratch = PG_EDITS_SCRATCH((size_t)m->old_count, m->count) * sizeof *m->scratch;
  size_t source = m->count * sizeof *m->source;
  uint8_t *room = lua_newuserdatauv(L, edits + scratch + source + m->count, 0);
  m->edits = (pg_edit *)(void *)room;
  m->scratch = (uint32_t *)(void *)(room + edits);
  m->source = (int32_t *)(void *)(room + edits + scratch);
  m->states = room + edits + scratch + source;
}

// Finds for each new item the old one that it is; equal scalars in their order. stack: unchanged
static void find_sources(lua_State *L, middle *m) {
  int32_t *next = (int32_t *)m->scratch;  // the next old item that is the same
  lua_createtable(L, 0, (int)m->old_count);
  int found = lua_gettop(L);
  for (uint32_t i = m->old_count; i-- > 0;) {
    lua_rawgeti(L, m->before, (lua_Integer)(m->first + i) + 1);
    lua_pushvalue(L, -1);
    next[i] = lua_rawget(L, found) == LUA_TNIL ? -1 : (int32_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_pushinteger(L, i);
    lua_rawset(L, found);
  }
  for (uint32_t j = 0; j < m->count; j++) {
    lua_rawgeti(L, m->now, (lua_Integer)(m->first + j) + 1);
    lua_pushvalue(L, -1);
    m->source[j] = lua_rawget(L, found) == LUA_TNIL ? -1 : (int32_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (m->source[j] >= 0) {
      if (next[m->source[j]] < 0) {
        lua_pushnil(L);
      } else {
        lua_pushinteger(L, next[m->source[j]]);
      }
      lua_rawset(L, found);
    }
    lua_settop(L, found);
  }
  lua_settop(L, found - 1);
}

static void write_edit(pg_patch *p, const middle *m, const pg_edit *edit) {
  lua_State *L = p->e.L;
  if (edit->kind == PG_EDIT_MOVE) {
    pg_patch_move(p, m->first + edit->from, m->first + edit->to);
    return;
  }
  bool adds = edit->kind == PG_EDIT_ADD;
  size_t length = pg_patch_enter_item(p, m->first + (adds ? edit->to : edit->from));
  if (adds) {
    lua_rawgeti(L, m->now, (lua_Integer)(m->first + edit->item) + 1);
    pg_patch_add(p, "add", lua_gettop(L));
    lua_pop(L, 1);
  } else {
    pg_check_interrupt(L, p->e.host);
    pg_patch_add(p, "remove", 0);
  }
  pg_patch_leave(p, length);
}

// The items that stand where others stood.
static void write_changed(pg_patch *p, const middle *m) {
  lua_State *L = p->e.L;
  int top = lua_gettop(L);
  for (uint32_t j = 0; j < m->count; j++) {
    if (m->states[j] != PG_ITEM_CHANGED) continue;
    size_t length = pg_patch_enter_item(p, m->first + j);
    lua_rawgeti(L, m->before, (lua_Integer)m->first + m->source[j] + 1);
    lua_rawgeti(L, m->now, (lua_Integer)(m->first + j) + 1);
    pg_patch_values(p, top + 1, top + 2);
    lua_settop(L, top);
    pg_patch_leave(p, length);
  }
}

void pg_patch_list(pg_patch *p, int before, int now, int node) {
  lua_State *L = p->e.L;
  int top = lua_gettop(L);
  luaL_checkstack(L, 12, "patch");
  pg_patch_mark mark = pg_patch_here(p);
  middle m = {.before = before, .now = now};
  find_middle(p, &m);
  if (m.old_count + m.count > 0) {
    make_room(L, &m);
    find_sources(L, &m);
    size_t count = pg_list_edits(m.old_count, m.count, m.source, m.states, m.edits, m.scratch);
    for (size_t i = 0; i < count; i++) write_edit(p, &m, &m.edits[i]);
    write_changed(p, &m);
  }
  pg_patch_children(p, node, &(pg_patch_was){.before = before,
                                             .first = m.first,
                                             .count = m.count,
                                             .states = m.states});
  lua_settop(L, top);
  pg_patch_shorten(p, mark, node, SHORT_PATCH + SHORT_ITEM * lua_rawlen(L, now));
}
