// The end of a run for models: what has changed since the last commit becomes one patch for each
// model, or, when that went wrong, word that clients fetch the model anew.
#include "patch.h"
#include "prelude.h"
#include "send.h"

// Patches up to this length are sent as they are, even if the whole model would be shorter.
#define SHORT_PATCH 256

// Stack slots of a commit
enum { NODES = 1, CHANGED, ROOTS };

// Lists the node at `child` with its parent and so on upwards, until one is listed already. Notes
// the root. stack: … node → …
static void list_upwards(lua_State *L, const pg_host *host) {
  for (;;) {
    int child = lua_gettop(L);
    lua_rawgetp(L, child, PG_NODE_PARENT);
    if (!pg_is_node(L, host, child + 1)) break;
    lua_pushvalue(L, child + 1);
    bool is_listed = lua_rawget(L, CHANGED) != LUA_TNIL;
    if (!is_listed) {
      lua_pop(L, 1);
      lua_newtable(L);
      lua_pushvalue(L, child + 1);
      lua_pushvalue(L, -2);
      lua_rawset(L, CHANGED);
    }  // stack: … child parent children
    lua_pushvalue(L, child);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
    lua_replace(L, child);
    if (is_listed) break;
  }
  int node = lua_gettop(L);
  if (lua_istable(L, node) && !pg_is_node(L, host, node)) {  // stack: … root record
    lua_insert(L, -2);
    lua_rawset(L, ROOTS);
  } else {
    lua_pop(L, lua_isnil(L, node) ? 2 : 1);
  }
}

// Fills CHANGED and ROOTS (record -> root) from the nodes at NODES.
static void find_roots(lua_State *L, pg_host *host) {
  lua_settop(L, 0);
  luaL_checkstack(L, 20, "commit");
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->changed_nodes);
  lua_newtable(L);
  lua_newtable(L);
  lua_Integer count = (lua_Integer)lua_rawlen(L, NODES);
  for (lua_Integer i = 1; i <= count; i++) {
    pg_check_interrupt(L, host);
    lua_rawgeti(L, NODES, i);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, CHANGED) != LUA_TNIL) {
      lua_pop(L, 2);
      continue;
    }
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_newtable(L);
    lua_rawset(L, CHANGED);
    list_upwards(L, host);
  }
}

// Everything is as it was at the last commit, from now on.
static void forget_changes(lua_State *L, pg_host *host) {
  lua_Integer count = (lua_Integer)lua_rawlen(L, NODES);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, NODES, i);
    lua_pushnil(L);
    lua_rawsetp(L, -2, PG_NODE_BEFORE);
    lua_pop(L, 1);
  }
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, host->changed_nodes);
}

static const char *text_field(lua_State *L, int record, const char *name, size_t *length) {
  lua_getfield(L, record, name);
  const char *text = lua_tolstring(L, -1, length);
  lua_pop(L, 1);  // the record keeps it
  return text;
}

// Begins a publication on the model's channel. False: nobody can get it.
static bool begin_publication(lua_State *L, pg_host *host, int record, pg_command *command) {
  size_t length;
  const char *name = text_field(L, record, "namespace", &length);
  const pg_namespace *ns = name != NULL ? pg_namespace_find(host, name, length) : NULL;
  const char *channel = text_field(L, record, "channel", &length);
  if (ns == NULL || channel == NULL) return false;
  pg_draft_begin(&host->outbox);
  *command = (pg_command){.kind = PG_PUBLISH, .name_space = ns->index};
  command->name = pg_draft_text(L, &host->outbox, channel, length);
  return true;
}

static const char event[] = "[\"pubblication\",";
static const char opening[] = "{\"patch\":[", closing[] = "]}";

// Lets the whole model take the place of the patch where that is shorter. A record keeps how long the
// model was the last time that this was in question.
static void shorten(lua_State *L, pg_patch *p, pg_patch_mark mark, int record, int root) {
  lua_getfield(L, record, "length");
  size_t known = (size_t)lua_tointeger(L, -1);
  size_t length = pg_patch_shorten(p, mark, root, known / 2 > SHORT_PATCH ? known / 2 : SHORT_PATCH);
  lua_pop(L, 1);
  if (length == 0) return;
  lua_pushinteger(L, (lua_Integer)length);
  lua_setfield(L, record, "length");
}

static void note_change(lua_State *L, pg_host *host, int record) {
  lua_pushnil(L);
  lua_setfield(L, record, "text");
  lua_getfield(L, record, "persist");
  if (lua_toboolean(L, -1)) {
    lua_pushboolean(L, 1);
    lua_setfield(L, record, "unkept");
    host->keep_due = true;
  }
  lua_pop(L, 1);
}

// stack: … record root → unchanged
static void publish_patch(lua_State *L, pg_host *host) {
  int root = lua_gettop(L), record = root - 1;
  pg_outbox *outbox = &host->outbox;
  pg_command command;
  if (!begin_publication(L, host, record, &command)) return;
  host->path.used = 0;
  pg_patch p = {.e = pg_encode_begin(L, host, &outbox->text, outbox->text_limit),
                .path = &host->path,
                .changed = CHANGED};
  command.body = pg_draft_text(L, outbox, event, sizeof event - 1);
  command.inner = pg_draft_text(L, outbox, opening, sizeof opening - 1);
  pg_patch_mark mark = pg_patch_here(&p);
  pg_patch_node(&p, root);
  if (p.count == 0) return;
  shorten(L, &p, mark, record, root);
  pg_draft_text(L, outbox, closing, sizeof closing - 1);
  command.inner.length = (uint32_t)(outbox->text.used - command.inner.offset);
  pg_encode_byte(&p.e, ']');
  command.body.length = (uint32_t)(outbox->text.used - command.body.offset);
  note_change(L, host, record);
  pg_draft_commit(L, outbox, command);
}

// stack: … record root → unchanged
static void publish_reset(lua_State *L, pg_host *host) {
  static const char reset[] = "{\"reset\":true}";
  int record = lua_gettop(L) - 1;
  pg_command command;
  note_change(L, host, record);
  if (!begin_publication(L, host, record, &command)) return;
  command.body = pg_draft_text(L, &host->outbox, event, sizeof event - 1);
  command.inner = pg_draft_text(L, &host->outbox, reset, sizeof reset - 1);
  pg_draft_text(L, &host->outbox, "]", 1);
  command.body.length = (uint32_t)(host->outbox.text.used - command.body.offset);
  pg_draft_commit(L, &host->outbox, command);
}

static void publish_all(lua_State *L, pg_host *host,
                        void (*publish)(lua_State *L, pg_host *host)) {
  find_roots(L, host);
  lua_pushnil(L);
  while (lua_next(L, ROOTS)) {
    publish(L, host);
    lua_settop(L, ROOTS + 1);
  }
  forget_changes(L, host);
}

int pg_node_commit(lua_State *L) {
  pg_host *host = pg_host_of(L);
  if (host->committing) return pg_node_reset(L);
  host->committing = true;
  publish_all(L, host, publish_patch);
  host->committing = false;
  return 0;
}

int pg_node_reset(lua_State *L) {
  pg_host *host = pg_host_of(L);
  host->committing = true;
  publish_all(L, host, publish_reset);
  host->committing = false;
  return 0;
}

int pg_node_renew(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_pushnil(L);  // where the root would be
  publish_reset(L, pg_host_of(L));
  return 0;
}

// The children of the content on top stand in the node at `node`, or nowhere. stack: … content → …
static void place_children(lua_State *L, int node) {
  int content = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, content)) {
    pg_node_set_place(L, node, content + 1);
    lua_pop(L, 1);
  }
  lua_settop(L, content - 1);
}

// stack: … node → unchanged
static void restore(lua_State *L, const pg_host *host, pg_patch *p) {
  (void)host;
  int node = lua_gettop(L);
  pg_patch_push_before(p, node);
  lua_rawsetp(L, node, PG_NODE_CONTENT);
  lua_pushnil(L);
  lua_rawsetp(L, node, PG_NODE_BEFORE);
}

int pg_node_rollback(lua_State *L) {
  pg_host *host = pg_host_of(L);
  pg_patch p = {.e = {.L = L, .host = host}};
  lua_settop(L, 0);
  lua_rawgeti(L, LUA_REGISTRYINDEX, host->changed_nodes);
  lua_Integer count = (lua_Integer)lua_rawlen(L, NODES);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, NODES, i);
    pg_push_content(L, 2);
    place_children(L, 0);
    restore(L, host, &p);
    lua_settop(L, 1);
  }
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, NODES, i);
    pg_push_content(L, 2);
    place_children(L, 2);
    lua_settop(L, 1);
  }
  forget_changes(L, host);
  return 0;
}
