#include "collector.h"

// Instead of a pause: little memory is collected by generations, so that what an event leaves behind is
// taken back while the processor still has it in its cache. Now and then all is collected in one piece,
// which takes some milliseconds for so much; more memory is collected step by step.
#define BY_GENERATIONS 1
#define LITTLE ((size_t)4 << 20)

static bool is_little(const pg_host *host) {
  size_t most = host->memory.limit / 16;
  if (most > LITTLE) most = LITTLE;
  // Garbage goes over the border and comes back: who has come over it stays until there is much less.
  return host->memory.used < (host->collector_pause == BY_GENERATIONS ? most : most / 2);
}

// How many percent of what a collection leaves may be in use before the next one begins. With little left
// below the limit the collector must begin sooner, or only emergencies would start it, in the middle of
// some handler.
static int pause_for(const pg_host *host) {
  const pg_memory *memory = &host->memory;
  if (is_little(host)) return BY_GENERATIONS;
  if (memory->used < memory->limit / 4) return 200;
  return memory->used < memory->limit / 2 ? 150 : 110;
}

void pg_collector_pace(pg_host *host) {
  int pause = pause_for(host);
  if (pause == host->collector_pause) return;
  host->collector_pause = pause;
  if (pause == BY_GENERATIONS) {
    lua_gc(host->L, LUA_GCGEN, 0, 0);
  } else {
    lua_gc(host->L, LUA_GCINC, pause, 0, 0);
  }
}

bool pg_collector_step(lua_State *L) {
  bool is_over = lua_gc(L, LUA_GCSTEP, 0);
  // Whatever Lua says: a step collects all that is young.
  return is_over || pg_host_of(L)->collector_pause == BY_GENERATIONS;
}
