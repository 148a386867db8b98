#ifndef PG_SORT_H
#define PG_SORT_H

#include "host.h"

/// Sorts the first `count` values of the table at slot 1 by the function at slot 2, or by `<` when
/// that is nil. The table changes only once the order is found.
void pg_sort(lua_State *L, lua_Integer count);

#endif
