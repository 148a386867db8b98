// When Lua's collector works, and in which mode: that depends on how much memory is in use.
#ifndef PG_COLLECTOR_H
#define PG_COLLECTOR_H

#include "host.h"

/// Sets the collector for the memory that is in use now; after every run.
void pg_collector_pace(pg_host *host);
/// What `collectgarbage("step")` does.
/// - Returns: whether that ended a cycle.
bool pg_collector_step(lua_State *L);

#endif
