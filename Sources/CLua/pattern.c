// The matcher itself: recursion over the pattern, bounded in depth, that looks at the interrupt flag
// at every step, since no hook fires inside a C function.
#include "pattern.h"

#include <ctype.h>

#define UNFINISHED ((ptrdiff_t)-1)
#define POSITION ((ptrdiff_t)-2)
#define MAX_DEPTH 200

static const char *match(pg_matcher *m, const char *s, const char *p);

pg_matcher pg_matcher_make(lua_State *L, const char *subject, size_t subject_length,
                           const char *pattern, size_t pattern_length) {
  return (pg_matcher){.L = L,
                      .host = pg_host_of(L),
                      .subject = subject,
                      .subject_end = subject + subject_length,
                      .pattern = pattern,
                      .pattern_end = pattern + pattern_length};
}

const char *pg_match(pg_matcher *m, const char *at) {
  m->captures = 0;
  m->depth = MAX_DEPTH;
  return match(m, at, m->pattern);
}

// The character at `p`, a NUL at the pattern's end.
static inline char at(const pg_matcher *m, const char *p) {
  return p < m->pattern_end ? *p : '\0';
}

// Where the single-character class that begins at `p` ends.
static const char *class_end(pg_matcher *m, const char *p) {
  char first = *p++;
  if (first == PG_ESCAPE) {
    if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return p + 1;
  }
  if (first != '[') return p;
  if (at(m, p) == '^') p++;
  do {  // a bracket right at the beginning is an ordinary character
    if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
    if (*p++ == PG_ESCAPE && p < m->pattern_end) p++;
  } while (at(m, p) != ']');
  return p + 1;
}

static bool in_class(int c, int class) {
  int result;
  switch (tolower(class)) {
    case 'a': result = isalpha(c); break;
    case 'c': result = iscntrl(c); break;
    case 'd': result = isdigit(c); break;
    case 'g': result = isgraph(c); break;
    case 'l': result = islower(c); break;
    case 'p': result = ispunct(c); break;
    case 's': result = isspace(c); break;
    case 'u': result = isupper(c); break;
    case 'w': result = isalnum(c); break;
    case 'x': result = isxdigit(c); break;
    case 'z': result = c == 0; break;
    default: return class == c;
  }
  return isupper(class) ? result == 0 : result != 0;
}

// Whether `c` is in the set from `[` at `p` to `]` at `last`.
static bool in_set(int c, const char *p, const char *last) {
  bool found = true;
  p++;
  if (*p == '^') {
    found = false;
    p++;
  }
  while (p < last) {
    if (*p == PG_ESCAPE) {
      if (in_class(c, (unsigned char)p[1])) return found;
      p += 2;
    } else if (p[1] == '-' && p + 2 < last) {
      if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2]) return found;
      p += 3;
    } else {
      if ((unsigned char)*p == c) return found;
      p++;
    }
  }
  return !found;
}

static bool matches_single(pg_matcher *m, const char *s, const char *p, const char *class_end) {
  pg_check_interrupt(m->L, m->host);
  if (s >= m->subject_end) return false;
  int c = (unsigned char)*s;
  switch (*p) {
    case '.': return true;
    case PG_ESCAPE: return in_class(c, (unsigned char)p[1]);
    case '[': return in_set(c, p, class_end - 1);
    default: return (unsigned char)*p == c;
  }
}

// %bxy: `p` points to x.
static const char *match_balanced(pg_matcher *m, const char *s, const char *p) {
  if (p >= m->pattern_end - 1) {
    luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
  }
  if (s >= m->subject_end || *s != p[0]) return NULL;
  size_t open = 1;
  for (s++; s < m->subject_end; s++) {
    pg_check_interrupt(m->L, m->host);
    if (*s == p[1]) {
      if (--open == 0) return s + 1;
    } else if (*s == p[0]) {
      open++;
    }
  }
  return NULL;
}

static const char *match_most(pg_matcher *m, const char *s, const char *p, const char *class_end) {
  ptrdiff_t count = 0;
  while (matches_single(m, s + count, p, class_end)) count++;
  for (; count >= 0; count--) {
    const char *end = match(m, s + count, class_end + 1);
    if (end != NULL) return end;
  }
  return NULL;
}

static const char *match_fewest(pg_matcher *m, const char *s, const char *p,
                                const char *class_end) {
  for (;; s++) {
    const char *end = match(m, s, class_end + 1);
    if (end != NULL) return end;
    if (!matches_single(m, s, p, class_end)) return NULL;
  }
}

static const char *open_capture(pg_matcher *m, const char *s, const char *p, ptrdiff_t kind) {
  if (m->captures >= PG_MAX_CAPTURES) luaL_error(m->L, "too many captures");
  m->capture[m->captures].start = s;
  m->capture[m->captures].length = kind;
  m->captures++;
  const char *end = match(m, s, p);
  if (end == NULL) m->captures--;
  return end;
}

static const char *close_capture(pg_matcher *m, const char *s, const char *p) {
  int index = m->captures - 1;
  while (index >= 0 && m->capture[index].length != UNFINISHED) index--;
  if (index < 0) luaL_error(m->L, "invalid pattern capture");
  m->capture[index].length = s - m->capture[index].start;
  const char *end = match(m, s, p);
  if (end == NULL) m->capture[index].length = UNFINISHED;
  return end;
}

// The text of an earlier capture once more; NULL when it is not there.
static const char *match_again(pg_matcher *m, const char *s, char digit) {
  int index = digit - '1';
  if (index < 0 || index >= m->captures || m->capture[index].length == UNFINISHED) {
    luaL_error(m->L, "invalid capture index %%%d", index + 1);
  }
  ptrdiff_t length = m->capture[index].length;
  if (length < 0 || m->subject_end - s < length) return NULL;
  return memcmp(m->capture[index].start, s, (size_t)length) == 0 ? s + length : NULL;
}

// %f[set]: `p` points to the set. Whether a frontier is between the characters around `s`.
static bool at_frontier(pg_matcher *m, const char *s, const char *p, const char *set_end) {
  int before = s == m->subject ? 0 : (unsigned char)s[-1];
  int after = s < m->subject_end ? (unsigned char)*s : 0;
  return !in_set(before, p, set_end - 1) && in_set(after, p, set_end - 1);
}

// What a step of the pattern comes to: it goes on at `*s` and `*p`, or it ends with `result`.
typedef enum step { GO_ON, ENDED } step;

static step match_escape(pg_matcher *m, const char **s, const char **p, const char **result,
                         bool *is_class) {
  char kind = at(m, *p + 1);
  *is_class = false;
  *result = NULL;
  if (kind == 'b') {
    *s = match_balanced(m, *s, *p + 2);
    *p += 4;
    return *s != NULL ? GO_ON : ENDED;
  }
  if (kind == 'f') {
    *p += 2;
    if (at(m, *p) != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
    const char *end = class_end(m, *p);
    if (!at_frontier(m, *s, *p, end)) return ENDED;
    *p = end;
    return GO_ON;
  }
  if (isdigit((unsigned char)kind)) {
    *s = match_again(m, *s, kind);
    *p += 2;
    return *s != NULL ? GO_ON : ENDED;
  }
  *is_class = true;
  return GO_ON;
}

// A single-character class with what repeats it.
static step match_item(pg_matcher *m, const char **s, const char **p, const char **result) {
  const char *end = class_end(m, *p);
  char repeat = at(m, end);
  *result = NULL;
  if (repeat == '*') return *result = match_most(m, *s, *p, end), ENDED;
  if (repeat == '-') return *result = match_fewest(m, *s, *p, end), ENDED;
  bool single = matches_single(m, *s, *p, end);
  if (repeat == '?') {
    if (single && (*result = match(m, *s + 1, end + 1)) != NULL) return ENDED;
    *p = end + 1;
    return GO_ON;
  }
  if (!single) return ENDED;
  if (repeat == '+') return *result = match_most(m, *s + 1, *p, end), ENDED;
  *s += 1;
  *p = end;
  return GO_ON;
}

static const char *match_steps(pg_matcher *m, const char *s, const char *p) {
  const char *result = NULL;
  while (p < m->pattern_end) {
    bool is_class = true;
    switch (*p) {
      case '(':
        if (at(m, p + 1) == ')') return open_capture(m, s, p + 2, POSITION);
        return open_capture(m, s, p + 1, UNFINISHED);
      case ')': return close_capture(m, s, p + 1);
      case '$':
        if (p + 1 == m->pattern_end) return s == m->subject_end ? s : NULL;
        break;
      case PG_ESCAPE:
        if (match_escape(m, &s, &p, &result, &is_class) == ENDED) return result;
        break;
      default: break;
    }
    if (is_class && match_item(m, &s, &p, &result) == ENDED) return result;
  }
  return s;
}

static const char *match(pg_matcher *m, const char *s, const char *p) {
  pg_check_interrupt(m->L, m->host);
  if (m->depth-- == 0) luaL_error(m->L, "pattern too complex");
  const char *end = match_steps(m, s, p);
  m->depth++;
  return end;
}

void pg_push_capture(pg_matcher *m, int index, const char *begin, const char *end) {
  if (index >= m->captures) {
    if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
    lua_pushlstring(m->L, begin, (size_t)(end - begin));
    return;
  }
  ptrdiff_t length = m->capture[index].length;
  const char *start = m->capture[index].start;
  if (length == UNFINISHED) luaL_error(m->L, "unfinished capture");
  if (length == POSITION) {
    lua_pushinteger(m->L, start - m->subject + 1);
  } else {
    lua_pushlstring(m->L, start, (size_t)length);
  }
}

int pg_push_captures(pg_matcher *m, const char *begin, const char *end) {
  int count = m->captures == 0 && begin != NULL ? 1 : m->captures;
  luaL_checkstack(m->L, count, "too many captures");
  for (int i = 0; i < count; i++) pg_push_capture(m, i, begin, end);
  return count;
}
