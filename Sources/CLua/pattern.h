// Lua patterns, matched under the watchdog's eye. Semantics are those of Lua 5.4's own matcher.
#ifndef PG_PATTERN_H
#define PG_PATTERN_H

#include "host.h"

#define PG_ESCAPE '%'
#define PG_MAX_CAPTURES 32

/// One attempt to match `pattern` against parts of `subject`.
typedef struct pg_matcher {
  lua_State *L;
  const pg_host *host;
  const char *subject, *subject_end;
  const char *pattern, *pattern_end;
  int depth;  // nested calls that are left
  int captures;
  struct {
    const char *start;
    ptrdiff_t length;  // or one of the marks in pattern.c
  } capture[PG_MAX_CAPTURES];
} pg_matcher;

pg_matcher pg_matcher_make(lua_State *L, const char *subject, size_t subject_length,
                           const char *pattern, size_t pattern_length);
/// The end of the match that begins at `at`, NULL when there is none. Raises for a malformed pattern
/// and when the run has to stop.
const char *pg_match(pg_matcher *matcher, const char *at);
/// Pushes the capture `index` from 0, the whole match where the pattern has no captures.
void pg_push_capture(pg_matcher *matcher, int index, const char *begin, const char *end);
/// Pushes all captures; the whole match from `begin` (unless NULL) where there are none.
int pg_push_captures(pg_matcher *matcher, const char *begin, const char *end);

#endif
