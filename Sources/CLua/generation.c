// Loading: a program is compiled and run beside the serving generation, inside one run with the
// load's own budget. Only when everything went well does the new generation take over.
#include "generation.h"

#include <stdlib.h>

#include "http.h"
#include "patterns.h"
#include "prelude.h"
#include "sandbox.h"

// Stack slots of load_body
enum { GLOBALS = 1, SOURCES, LOADED, VARIABLES };

void pg_generation_free(pg_host *host, pg_generation *generation) {
  if (generation == NULL) return;
  for (size_t i = 0; i < generation->count; i++) {
    pg_script *script = &generation->scripts[i];
    if (script->handlers != script->globals) {
      luaL_unref(host->L, LUA_REGISTRYINDEX, script->handlers);
    }
    luaL_unref(host->L, LUA_REGISTRYINDEX, script->globals);
    luaL_unref(host->L, LUA_REGISTRYINDEX, script->class_);
    luaL_unref(host->L, LUA_REGISTRYINDEX, script->routes);
    pg_patterns_free(script);
  }
  pg_routes_free(generation);
  free(generation->scripts);
  free(generation);
}

// Pushes what modules are made of and the variables. stack: … → … sources loaded variables
static void push_tables(lua_State *L, const pg_program *program) {
  lua_newtable(L);
  lua_newtable(L);
  lua_newtable(L);
  lua_Integer modules = 0;
  for (size_t i = 0; i < program->count; i++) {
    const pg_piece *piece = &program->pieces[i];
    if (piece->kind == PG_PIECE_VARIABLE) {
      lua_pushlstring(L, piece->bytes, piece->length);
      lua_setfield(L, VARIABLES, piece->name);
    } else if (piece->kind == PG_PIECE_MODULE) {
      lua_createtable(L, 2, 0);
      lua_pushlstring(L, piece->bytes, piece->length);
      lua_rawseti(L, -2, 1);
      lua_pushstring(L, piece->file);
      lua_rawseti(L, -2, 2);
      lua_setfield(L, SOURCES, piece->name);
      lua_pushstring(L, piece->name);
      lua_rawseti(L, SOURCES, ++modules);
    }
  }
}

// Gives the globals on top what depends on where they are used. stack: … globals → … globals
static void bind_globals(lua_State *L, pg_host *host, const pg_namespace *ns) {
  int globals = lua_gettop(L);
  lua_pushvalue(L, globals);
  lua_setfield(L, globals, "_G");
  lua_pushvalue(L, globals);
  lua_pushcclosure(L, pg_load_chunk, 1);
  lua_setfield(L, globals, "load");
  lua_pushlightuserdata(L, (void *)ns);
  lua_pushcclosure(L, pg_print, 1);
  lua_setfield(L, globals, "print");
  lua_pushcfunction(L, pg_reject);
  lua_setfield(L, globals, "reject");
  luaL_setfuncs(L, pg_response_functions, 0);
  pg_push_perigee(L, host, ns, VARIABLES);
  pg_push_require(L, SOURCES, LOADED, globals + 1, GLOBALS);
  lua_setfield(L, globals, "require");
  pg_prelude_extend(L, host, "perigee");
  lua_setfield(L, globals, "perigee");
  pg_prelude_extend(L, host, "globals");
}

// stack: … → … copy, of the table at `index`
static void push_copy(lua_State *L, int index) {
  lua_createtable(L, 0, 48);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

static void prepare(lua_State *L, pg_host *host, pg_script *script) {
  push_copy(L, GLOBALS);
  bind_globals(L, host, script->ns);
  script->globals = script->handlers = luaL_ref(L, LUA_REGISTRYINDEX);
}

// Tells the prelude of a script that has run.
static void declare(lua_State *L, pg_host *host, pg_script *script, const char *file) {
  if (!pg_push_hook(L, host, "declare")) return;
  lua_rawgeti(L, LUA_REGISTRYINDEX, script->handlers);
  lua_rawgeti(L, LUA_REGISTRYINDEX, script->globals);
  lua_pushlstring(L, script->ns->name, script->ns->length);
  lua_pushstring(L, file);
  lua_call(L, 4, 1);
  script->guarded = lua_toboolean(L, -1);
}

static void run_script(lua_State *L, pg_host *host, pg_script *script, const pg_piece *piece) {
  host->run->ns = script->ns;
  pg_run_label(host->run, piece->file, strlen(piece->file));
  lua_rawgeti(L, LUA_REGISTRYINDEX, script->globals);
  int globals = lua_gettop(L);
  push_copy(L, globals);  // stack: globals before
  pg_compile(L, piece->bytes, piece->length, piece->file, globals);
  lua_call(L, 0, 1);  // stack: globals before returned
  if (lua_istable(L, -1)) {
    lua_pushvalue(L, -1);
    script->handlers = luaL_ref(L, LUA_REGISTRYINDEX);
  } else if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    pg_push_own_globals(L);  // stack: fallback
  } else {
    luaL_error(L, "%s must return a table of handlers or nothing, not a %s", piece->file,
               luaL_typename(L, -1));
  }
  pg_make_class(L, script);
  pg_routes_collect(L, host, script, piece->file);
  pg_read_patterns(L, script, piece->file);
  pg_check_middleware(L, script, piece->file);
  declare(L, host, script, piece->file);
  lua_settop(L, VARIABLES);
}

// Lets the script take over from its predecessor: on_reload(old), with the old table of handlers.
static void reload(lua_State *L, pg_host *host, const pg_script *script) {
  const pg_generation *serving = host->serving;
  if (serving == NULL) return;
  host->run->ns = script->ns;
  pg_run_label(host->run, "on_reload", 9);
  pg_push_handler(L, script, "on_reload", 9);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return;
  }
  lua_pushnil(L);
  for (size_t i = 0; i < serving->count; i++) {
    if (serving->scripts[i].ns != script->ns) continue;
    lua_rawgeti(L, LUA_REGISTRYINDEX, serving->scripts[i].handlers);
    lua_replace(L, -2);
  }
  lua_call(L, 1, 0);
}

// Tells the prelude that a load begins, with the stored values that came along.
static void begin_prelude(lua_State *L, pg_host *host) {
  if (!pg_push_hook(L, host, "begin")) return;
  lua_newtable(L);
  for (size_t i = 0; i < host->program.count; i++) {
    const pg_piece *piece = &host->program.pieces[i];
    if (piece->kind != PG_PIECE_KEPT) continue;
    lua_pushlstring(L, piece->bytes, piece->length);
    lua_setfield(L, -2, piece->name);
  }
  lua_call(L, 1, 0);
}

static void finish_prelude(lua_State *L, pg_host *host) {
  free(host->loading_manifest);
  host->loading_manifest = NULL;
  if (pg_push_hook(L, host, "manifest")) {
    lua_call(L, 0, 1);
    pg_draft_begin(&host->outbox);
    pg_span text = pg_encode_text(L, host, lua_gettop(L));
    host->loading_manifest = strndup((const char *)host->outbox.text.bytes + text.offset,
                                     text.length);
    if (host->loading_manifest == NULL) luaL_error(L, "not enough memory");
  }
}

static int load_body(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_generation *loading = host->loading;
  if (host->program.incomplete) return luaL_error(L, "not enough memory");
  if (host->prelude_failure[0] != '\0') return luaL_error(L, "%s", host->prelude_failure);
  luaL_checkstack(L, 20, "load");
  begin_prelude(L, host);
  pg_push_globals(L, host);
  push_tables(L, &host->program);
  lua_pushvalue(L, GLOBALS);
  bind_globals(L, host, NULL);
  lua_settop(L, VARIABLES);
  for (size_t i = 0; i < loading->count; i++) prepare(L, host, &loading->scripts[i]);
  size_t next = 0;
  for (size_t i = 0; i < host->program.count; i++) {
    const pg_piece *piece = &host->program.pieces[i];
    if (piece->kind == PG_PIECE_SCRIPT) run_script(L, host, &loading->scripts[next++], piece);
  }
  for (size_t i = 0; i < loading->count; i++) reload(L, host, &loading->scripts[i]);
  finish_prelude(L, host);
  host->load_succeeded = true;
  return 0;
}

static bool serves(const pg_generation *generation, const pg_namespace *ns) {
  for (size_t i = 0; i < generation->count; i++) {
    if (generation->scripts[i].ns == ns) return true;
  }
  return false;
}

// A generation with room for the program's scripts; NULL and `*why` when it cannot be.
static pg_generation *begin(pg_host *host, const char **why) {
  pg_generation *generation = calloc(1, sizeof *generation);
  *why = "not enough memory";
  if (generation == NULL) return NULL;
  generation->scripts = calloc(host->program.count + 1, sizeof *generation->scripts);
  generation->number = host->generations + 1;
  for (size_t i = 0; i < host->program.count && generation->scripts != NULL; i++) {
    const pg_piece *piece = &host->program.pieces[i];
    if (piece->kind != PG_PIECE_SCRIPT) continue;
    const pg_namespace *ns = pg_namespace_intern(host, piece->name);
    if (ns == NULL || serves(generation, ns)) {
      if (ns != NULL) *why = "two scripts serve the same namespace";
      pg_generation_free(host, generation);
      return NULL;
    }
    pg_script *script = &generation->scripts[generation->count++];
    *script = (pg_script){
        .ns = ns, .handlers = LUA_NOREF, .globals = LUA_NOREF, .class_ = LUA_NOREF,
        .routes = LUA_NOREF};
  }
  if (generation->scripts != NULL && generation->count > 0) return generation;
  if (generation->scripts != NULL) *why = "there is no script";
  pg_generation_free(host, generation);
  return NULL;
}

// A failed load leaves nothing behind but what it logged.
void pg_withdraw(pg_host *host) {
  if (host->loading == NULL) return;
  pg_timers_cancel_generation(host, host->loading->number, false);
  for (size_t i = host->load_began; i < host->outbox.count; i++) {
    if (host->outbox.commands[i].kind != PG_LOG) host->outbox.commands[i].kind = PG_NONE;
  }
  pg_generation_free(host, host->loading);
  host->loading = NULL;
  pg_prelude_abandon(host);
}

static void take_over(pg_host *host) {
  pg_generation *old = host->serving;
  host->serving = host->loading;
  host->loading = NULL;
  host->generations = host->serving->number;
  free(host->manifest);
  host->manifest = host->loading_manifest;
  host->loading_manifest = NULL;
  pg_timers_cancel_generation(host, host->serving->number, true);
  pg_generation_free(host, old);
  pg_call_hook(host, "served");
  if (host->touched) pg_prelude_commit(host);
}

bool pg_prepare(pg_host *host, pg_failure *failure) {
  const char *why = "a script is running";
  host->failure = (pg_failure){.code = PG_STATE, .message = why};
  host->load_began = host->outbox.count;
  host->loading = host->busy ? NULL : begin(host, &why);
  pg_run *run = host->loading != NULL ? pg_run_take(host, PG_RUN_LOAD, NULL, "load") : NULL;
  host->failure.message = why;
  host->load_succeeded = host->syntax_error = false;
  if (run != NULL) pg_run_start(host, run, load_body);
  if (!host->load_succeeded) pg_withdraw(host);
  *failure = host->failure;
  return host->load_succeeded;
}

// Once `serve` has returned nothing can fail any more.
bool pg_commit(pg_host *host, pg_failure *failure) {
  host->failure = (pg_failure){.code = PG_MEMORY, .message = "not enough memory"};
  bool good = host->loading != NULL && pg_call_hook(host, "serve");
  if (good) {
    take_over(host);
  } else {
    pg_withdraw(host);
  }
  *failure = host->failure;
  return good;
}

bool pg_load(pg_host *host, pg_failure *failure) {
  return pg_prepare(host, failure) && pg_commit(host, failure);
}
