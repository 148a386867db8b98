// string.find, match, gmatch and gsub.
#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>

#include "pattern.h"
#include "sandbox.h"

// A position given by a script as an offset from 0: from the end when negative.
static size_t start_offset(lua_Integer position, size_t length) {
  if (position > 0) return (size_t)position - 1;
  if (position == 0 || position < -(lua_Integer)length) return 0;
  return length - (size_t)-position;
}

static bool is_plain(const char *pattern, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (pattern[i] != '\0' && strchr("^$*+?.([%-", pattern[i]) != NULL) return false;
  }
  return true;
}

static int find_plain(lua_State *L, const char *subject, size_t length, size_t from,
                      const char *text, size_t text_length) {
  const char *found = memmem(subject + from, length - from, text, text_length);
  if (found == NULL) return luaL_pushfail(L), 1;
  lua_pushinteger(L, found - subject + 1);
  lua_pushinteger(L, found - subject + (lua_Integer)text_length);
  return 2;
}

static int find_or_match(lua_State *L, bool find) {
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length);
  size_t from = start_offset(luaL_optinteger(L, 3, 1), length);
  if (from > length) return luaL_pushfail(L), 1;
  if (find && (lua_toboolean(L, 4) || is_plain(pattern, pattern_length))) {
    return find_plain(L, subject, length, from, pattern, pattern_length);
  }
  bool anchored = pattern_length > 0 && *pattern == '^';
  pg_matcher m =
      pg_matcher_make(L, subject, length, pattern + anchored, pattern_length - anchored);
  for (const char *begin = subject + from; begin <= m.subject_end; begin++) {
    const char *end = pg_match(&m, begin);
    if (end != NULL) {
      if (!find) return pg_push_captures(&m, begin, end);
      lua_pushinteger(L, begin - subject + 1);
      lua_pushinteger(L, end - subject);
      return pg_push_captures(&m, NULL, NULL) + 2;
    }
    if (anchored) break;
  }
  return luaL_pushfail(L), 1;
}

static int string_find(lua_State *L) { return find_or_match(L, true); }

static int string_match(lua_State *L) { return find_or_match(L, false); }

// Upvalues: subject, pattern, where to go on, where the last match ended (-1: none yet).
static int next_match(lua_State *L) {
  size_t length, pattern_length;
  const char *subject = lua_tolstring(L, lua_upvalueindex(1), &length);
  const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_length);
  lua_Integer from = lua_tointeger(L, lua_upvalueindex(3));
  lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
  pg_matcher m = pg_matcher_make(L, subject, length, pattern, pattern_length);
  for (; from <= (lua_Integer)length; from++) {
    const char *end = pg_match(&m, subject + from);
    if (end == NULL || end - subject == last) continue;
    lua_pushinteger(L, end - subject);
    lua_copy(L, -1, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return pg_push_captures(&m, subject + from, end);
  }
  lua_pushinteger(L, (lua_Integer)length + 1);
  lua_replace(L, lua_upvalueindex(3));
  return 0;
}

static int string_gmatch(lua_State *L) {
  size_t length;
  luaL_checklstring(L, 1, &length);
  luaL_checkstring(L, 2);
  size_t from = start_offset(luaL_optinteger(L, 3, 1), length);
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)(from > length ? length + 1 : from));
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, next_match, 4);
  return 1;
}

// Adds the replacement text at slot 3 with its `%0`…`%9` filled in.
static void add_text(pg_matcher *m, luaL_Buffer *out, const char *begin, const char *end) {
  size_t length;
  const char *text = lua_tolstring(m->L, 3, &length);
  const char *text_end = text + length;
  for (;;) {
    const char *escape = memchr(text, PG_ESCAPE, (size_t)(text_end - text));
    if (escape == NULL) break;
    luaL_addlstring(out, text, (size_t)(escape - text));
    char kind = escape + 1 < text_end ? escape[1] : '\0';
    if (kind == PG_ESCAPE) {
      luaL_addchar(out, PG_ESCAPE);
    } else if (kind == '0') {
      luaL_addlstring(out, begin, (size_t)(end - begin));
    } else if (isdigit((unsigned char)kind)) {
      pg_push_capture(m, kind - '1', begin, end);
      luaL_tolstring(m->L, -1, NULL);
      lua_remove(m->L, -2);
      luaL_addvalue(out);
    } else {
      luaL_error(m->L, "invalid use of '%c' in replacement string", PG_ESCAPE);
    }
    text = escape + 2;
  }
  luaL_addlstring(out, text, (size_t)(text_end - text));
}

// Adds what replaces the match; false when it stays as it is.
static bool add_replacement(pg_matcher *m, luaL_Buffer *out, const char *begin, const char *end) {
  lua_State *L = m->L;
  switch (lua_type(L, 3)) {
    case LUA_TFUNCTION:
      lua_pushvalue(L, 3);
      lua_call(L, pg_push_captures(m, begin, end), 1);
      break;
    case LUA_TTABLE:
      pg_push_capture(m, 0, begin, end);
      lua_gettable(L, 3);
      break;
    default: add_text(m, out, begin, end); return true;
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(out, begin, (size_t)(end - begin));
    return false;
  }
  if (!lua_isstring(L, -1)) {
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  }
  luaL_addvalue(out);
  return true;
}

static int string_gsub(lua_State *L) {
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length);
  int type = lua_type(L, 3);
  luaL_argexpected(L,
                   type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                       type == LUA_TTABLE,
                   3, "string/function/table");
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1);
  bool anchored = pattern_length > 0 && *pattern == '^';
  bool changed = false;
  lua_Integer count = 0;
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  pg_matcher m =
      pg_matcher_make(L, subject, length, pattern + anchored, pattern_length - anchored);
  const char *from = subject, *last = NULL;
  while (count < most) {
    const char *end = pg_match(&m, from);
    if (end != NULL && end != last) {
      count++;
      changed = add_replacement(&m, &out, from, end) || changed;
      from = last = end;
    } else if (from < m.subject_end) {
      luaL_addchar(&out, *from++);
    } else {
      break;
    }
    if (anchored) break;
  }
  if (changed) {
    luaL_addlstring(&out, from, (size_t)(m.subject_end - from));
    luaL_pushresult(&out);
  } else {
    lua_pushvalue(L, 1);
  }
  lua_pushinteger(L, count);
  return 2;
}

static int string_rep(lua_State *L) {
  size_t length, separator_length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Integer count = luaL_checkinteger(L, 2);
  const char *separator = luaL_optlstring(L, 3, "", &separator_length);
  size_t piece = length + separator_length;
  if (count <= 0 || piece == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  if ((uint64_t)count > pg_host_of(L)->limits.memory_bytes / piece) {
    return luaL_error(L, "resulting string too large");
  }
  size_t total = piece * (size_t)count - separator_length;
  luaL_Buffer out;
  char *bytes = luaL_buffinitsize(L, &out, total);
  size_t done = piece < total ? piece : total;
  memcpy(bytes, text, length);
  memcpy(bytes + length, separator, done - length);
  while (done < total) {
    size_t step = done < total - done ? done : total - done;
    memcpy(bytes + done, bytes, step);
    done += step;
  }
  luaL_pushresultsize(&out, total);
  return 1;
}

const luaL_Reg pg_string_functions[] = {{"find", string_find},     {"match", string_match},
                                        {"gmatch", string_gmatch}, {"gsub", string_gsub},
                                        {"rep", string_rep},       {NULL, NULL}};
