// Timers: functions that the host fires later. One made while loading belongs to its generation,
// one made by self:after or self:every to the socket, any other to the app.
#include <stdlib.h>

#include "run.h"
#include "socket.h"

static uint64_t id_of(const pg_host *host, const pg_timer *timer) {
  return (uint64_t)timer->serial << 32 | (uint64_t)(timer - host->timers + 1);
}

static pg_timer *find(pg_host *host, uint64_t id) {
  uint64_t slot = (id & UINT32_MAX) - 1;
  if (slot >= host->timer_slots) return NULL;
  pg_timer *timer = &host->timers[slot];
  return timer->active && id_of(host, timer) == id ? timer : NULL;
}

static pg_timer *take_slot(pg_host *host) {
  if (host->free_timer == 0) {
    size_t slots = host->timer_slots == 0 ? 16 : host->timer_slots * 2;
    pg_timer *timers = realloc(host->timers, slots * sizeof *timers);
    if (timers == NULL) return NULL;
    memset(timers + host->timer_slots, 0, (slots - host->timer_slots) * sizeof *timers);
    for (size_t i = host->timer_slots; i < slots; i++) {
      timers[i].next_free = host->free_timer;
      host->free_timer = (uint32_t)i + 1;
    }
    host->timers = timers;
    host->timer_slots = slots;
  }
  pg_timer *timer = &host->timers[host->free_timer - 1];
  host->free_timer = timer->next_free;
  timer->serial++;
  timer->active = true;
  timer->busy = false;
  host->timer_count++;
  return timer;
}

static void end(pg_host *host, pg_timer *timer) {
  if (timer->owner == PG_OWNER_SOCKET) {
    pg_socket *socket = pg_socket_find(host, timer->socket);
    if (socket != NULL) socket->timers--;
  }
  luaL_unref(host->L, LUA_REGISTRYINDEX, timer->function);
  timer->active = false;
  timer->next_free = host->free_timer;
  host->free_timer = (uint32_t)(timer - host->timers) + 1;
  host->timer_count--;
}

static void cancel(pg_host *host, pg_timer *timer) {
  pg_command command = {
      .kind = PG_TIMER_CANCEL, .number = (int64_t)id_of(host, timer), .name_space = -1};
  pg_draft_begin(&host->outbox);
  pg_outbox_push(&host->outbox, command);
  end(host, timer);
}

void pg_timers_cancel_socket(pg_host *host, pg_socket *socket) {
  for (size_t i = 0; i < host->timer_slots && socket->timers > 0; i++) {
    pg_timer *timer = &host->timers[i];
    if (timer->active && timer->owner == PG_OWNER_SOCKET && timer->socket == socket->handle) {
      cancel(host, timer);
    }
  }
}

void pg_timers_cancel_generation(pg_host *host, int64_t generation, bool others) {
  for (size_t i = 0; i < host->timer_slots; i++) {
    pg_timer *timer = &host->timers[i];
    if (!timer->active || timer->owner != PG_OWNER_GENERATION) continue;
    if ((timer->generation == generation) != others) cancel(host, timer);
  }
}

void pg_timer_done(pg_host *host, uint64_t id) {
  pg_timer *timer = find(host, id);
  if (timer != NULL) timer->busy = false;
}

static double check_seconds(lua_State *L, int index, bool repeats) {
  double seconds = luaL_checknumber(L, index);
  luaL_argcheck(L, seconds >= 0 && seconds <= PG_MAX_SECONDS, index,
                "seconds between 0 and 1e9 expected");
  return repeats && seconds < PG_MIN_PERIOD ? PG_MIN_PERIOD : seconds;
}

// Whether the options at `index` want the timer in each worker.
static bool check_each_worker(lua_State *L, int index) {
  if (lua_isnoneornil(L, index)) return false;
  luaL_checktype(L, index, LUA_TTABLE);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
    if (strcmp(name, "each_worker") != 0 || !lua_isboolean(L, -1)) {
      luaL_error(L, "the one option of a timer is each_worker = true, not \"%s\"", name);
    }
    lua_pop(L, 1);
  }
  lua_getfield(L, index, "each_worker");
  bool each = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return each;
}

int pg_timer_start(lua_State *L, pg_socket *socket, const pg_namespace *ns, int first,
                   bool repeats) {
  pg_host *host = pg_host_of(L);
  double seconds = check_seconds(L, first, repeats);
  luaL_checktype(L, first + 1, LUA_TFUNCTION);
  bool each_worker = check_each_worker(L, first + 2);
  pg_draft_check(L, &host->outbox);
  if (socket == NULL && host->loading != NULL && host->worker > 1 && !each_worker) {
    // Every worker loads the script; the first has the timer.
    lua_pushinteger(L, 0);
    return 1;
  }
  if (host->timer_count >= host->limits.timers) {
    return pg_limit_error(L, "too many timers of this app are set already");
  }
  lua_pushvalue(L, first + 1);
  int function = luaL_ref(L, LUA_REGISTRYINDEX);
  pg_timer *timer = take_slot(host);
  if (timer == NULL) {
    luaL_unref(L, LUA_REGISTRYINDEX, function);
    return luaL_error(L, "not enough memory");
  }
  timer->function = function;
  timer->repeats = repeats;
  timer->ns = ns;
  timer->owner = PG_OWNER_APP;
  if (socket != NULL) {
    timer->owner = PG_OWNER_SOCKET;
    timer->socket = socket->handle;
    socket->timers++;
  } else if (host->loading != NULL) {
    timer->owner = PG_OWNER_GENERATION;
    timer->generation = host->loading->number;
  }
  pg_draft_begin(&host->outbox);
  uint64_t id = id_of(host, timer);
  pg_command command = {.kind = PG_TIMER_START,
                        .number = (int64_t)id,
                        .duration = seconds,
                        .flag = repeats,
                        .name_space = -1};
  if (!pg_outbox_push(&host->outbox, command)) {
    end(host, timer);
    return luaL_error(L, "not enough memory");
  }
  lua_pushinteger(L, (lua_Integer)id);
  return 1;
}

int pg_timer_cancel(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_timer *timer = find(host, (uint64_t)luaL_checkinteger(L, 1));
  pg_draft_check(L, &host->outbox);
  if (timer != NULL) cancel(host, timer);
  lua_pushboolean(L, timer != NULL);
  return 1;
}

static int fired(lua_State *L, int status, lua_KContext context) {
  (void)L;
  (void)status;
  (void)context;
  return 0;
}

static int timer_body(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_timer *timer = find(host, host->run->timer);
  if (timer == NULL) return 0;
  lua_rawgeti(L, LUA_REGISTRYINDEX, timer->function);
  if (!timer->repeats) end(host, timer);
  lua_callk(L, 0, 0, 0, fired);
  return 0;
}

void pg_fire(pg_host *host, uint64_t id) {
  pg_timer *timer = find(host, id);
  if (timer == NULL || timer->busy) return;
  pg_socket *socket =
      timer->owner == PG_OWNER_SOCKET ? pg_map_get(&host->sockets, timer->socket) : NULL;
  pg_run *run = pg_run_take(host, PG_RUN_TIMER, socket, timer->repeats ? "every" : "after");
  if (run == NULL) return;
  // A period that passes while the last call still waits is left out.
  timer->busy = true;
  run->timer = id;
  run->ns = timer->ns;
  if (socket == NULL) run->home = timer->ns;
  pg_run_start(host, run, timer_body);
}
