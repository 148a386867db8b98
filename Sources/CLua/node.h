// The tables of models. What a script holds is a node: an empty table that shows and changes its
// content through metamethods, so that every change is recorded. The content is a plain table marked
// as array or object; containers in it are nodes again. Each node stands in one place at most. What it
// held at the last commit is kept when it first changes: for a list a copy, for an object the old
// values of the fields that changed.
#ifndef PG_NODE_H
#define PG_NODE_H

#include "json.h"

/// Levels that a publication puts around a model's value, which has as many fewer.
#define PG_NODE_ENVELOPE 4

extern const char pg_node_keys[6];
/// Hidden keys of a node.
#define PG_NODE_CONTENT (&pg_node_keys[0])
#define PG_NODE_PARENT (&pg_node_keys[1])  // a node; a root's: its record; nil: it is in no model
#define PG_NODE_PLACE (&pg_node_keys[2])   // its key in the parent; in a list perhaps an old one
#define PG_NODE_BEFORE (&pg_node_keys[3])  // what it held at the last commit; nil: the same
/// In the `before` of an object: the field was not there.
#define PG_NODE_ABSENT (&pg_node_keys[4])

void pg_node_open(lua_State *L, pg_host *host);
bool pg_is_node(lua_State *L, const pg_host *host, int index);
/// stack: … → … content, of the node at `index`
void pg_push_content(lua_State *L, int index);
/// Whether the content or `before` at `index` is a list.
bool pg_is_list_content(lua_State *L, const pg_host *host, int index);

// node.c
/// Must be called before the list at `node` changes. Raises when there is no memory.
void pg_node_keep_list(lua_State *L, int node);
/// The same for one field of an object; the key at `key`.
void pg_node_keep_field(lua_State *L, int node, int key);
/// Says where the node on top stands; nothing for any other value. `parent` is a stack slot, 0: nowhere.
void pg_node_set_place(lua_State *L, int parent, int key);

// node_copy.c
/// Pushes what a container at `container` is to hold for the value at `index`: a copy, unless it is a
/// scalar or a node that stands nowhere. Raises, at the script's line, for what no model can hold.
void pg_push_stored(lua_State *L, int container, int index);
/// Pushes a new root with the record at `record` for the table at `index`.
void pg_push_root(lua_State *L, int index, int record);
/// Pushes a copy without nodes.
void pg_push_plain(lua_State *L, int index);

// node_list.c
/// The methods of lists.
extern const luaL_Reg pg_node_list_methods[];
/// The list functions for a node at slot 1, as `table.insert`, `table.remove` and `table.sort` call them.
int pg_node_insert(lua_State *L);
int pg_node_remove(lua_State *L);
int pg_node_sort(lua_State *L);

// node_commit.c
/// host.commit(): publishes a patch for each model that has changed.
int pg_node_commit(lua_State *L);
/// host.reset(): tells the clients of each model that has changed to fetch it anew.
int pg_node_reset(lua_State *L);
/// host.renew(record): tells the clients of one model to fetch it anew.
int pg_node_renew(lua_State *L);
/// host.rollback(): takes back what has changed since the last commit.
int pg_node_rollback(lua_State *L);

#endif
