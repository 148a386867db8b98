#include "namespace.h"

#include <stdlib.h>

#include "host.h"
#include "send.h"

// The scope of namespaces' names in the index.
static const void *scope(const pg_host *host) { return &host->namespaces; }

pg_namespace *pg_namespace_find(const pg_host *host, const char *name, size_t length) {
  return (pg_namespace *)pg_names_find(&host->names, scope(host), name, length);
}

static bool room(pg_namespaces *all) {
  if (all->free_count > 0 || all->count < all->capacity) return true;
  size_t capacity = all->capacity == 0 ? 8 : all->capacity * 2;
  pg_namespace **slots = realloc(all->slots, capacity * sizeof *slots);
  if (slots != NULL) all->slots = slots;
  int32_t *free_slots = realloc(all->free, capacity * sizeof *free_slots);
  if (free_slots != NULL) all->free = free_slots;
  if (slots == NULL || free_slots == NULL) return false;
  all->capacity = capacity;
  return true;
}

static pg_namespace *make(pg_host *host, const char *name, size_t length) {
  pg_namespaces *all = &host->namespaces;
  pg_namespace *ns = room(all) ? calloc(1, sizeof *ns + length + 1) : NULL;
  if (ns == NULL) return NULL;
  ns->length = length;
  memcpy(ns->name, name, length);
  if (!pg_names_add(&host->names, &ns->named, scope(host), ns->name, length)) {
    free(ns);
    return NULL;
  }
  ns->index = all->free_count > 0 ? all->free[--all->free_count] : (int32_t)all->count++;
  ns->serial = ++all->serial;
  all->slots[ns->index] = ns;
  return ns;
}

pg_namespace *pg_namespace_intern(pg_host *host, const char *name) {
  size_t length = strlen(name);
  pg_namespace *ns = pg_namespace_find(host, name, length);
  if (ns != NULL && !ns->own) host->namespaces.dynamic--;
  if (ns == NULL) ns = make(host, name, length);
  if (ns != NULL) ns->own = true;
  return ns;
}

// Remembers that the namespace may have become superfluous.
static void list(pg_host *host, pg_namespace *ns) {
  if (ns->own || ns->listed) return;
  ns->listed = true;
  ns->next_listed = host->namespaces.listed;
  host->namespaces.listed = ns;
}

pg_namespace *pg_namespace_visit(pg_host *host, const char *name, size_t length) {
  pg_namespace *ns = pg_namespace_find(host, name, length);
  if (ns != NULL) return ns;
  if (host->outbox.count == 0 && !host->busy) pg_namespaces_sweep(host);
  if (!pg_is_name(host, name, length) || host->namespaces.dynamic >= PG_MAX_NAMESPACES) return NULL;
  ns = make(host, name, length);
  if (ns == NULL) return NULL;
  host->namespaces.dynamic++;
  list(host, ns);
  return ns;
}

void pg_namespace_enter(pg_namespace *ns, pg_socket *socket) {
  socket->ns = ns;
  socket->next = ns->sockets;
  socket->link = &ns->sockets;
  if (ns->sockets != NULL) ns->sockets->link = &socket->next;
  ns->sockets = socket;
  ns->socket_count++;
}

void pg_namespace_leave(pg_host *host, pg_socket *socket) {
  *socket->link = socket->next;
  if (socket->next != NULL) socket->next->link = socket->link;
  if (--socket->ns->socket_count == 0) list(host, socket->ns);
}

void pg_namespaces_sweep(pg_host *host) {
  pg_namespaces *all = &host->namespaces;
  while (all->listed != NULL) {
    pg_namespace *ns = all->listed;
    all->listed = ns->next_listed;
    ns->listed = false;
    if (ns->own || ns->socket_count > 0) continue;
    pg_names_remove(&host->names, &ns->named);
    all->slots[ns->index] = NULL;
    all->free[all->free_count++] = ns->index;
    all->dynamic--;
    free(ns);
  }
}

void pg_namespaces_free(pg_host *host) {
  for (size_t i = 0; i < host->namespaces.count; i++) free(host->namespaces.slots[i]);
  free(host->namespaces.slots);
  free(host->namespaces.free);
  pg_map_free(&host->names.map);
}

const char *pg_namespace_name(const pg_host *host, size_t index) {
  return pg_namespace_serial(host, index) != 0 ? host->namespaces.slots[index]->name : NULL;
}

uint64_t pg_namespace_serial(const pg_host *host, size_t index) {
  const pg_namespaces *all = &host->namespaces;
  return index < all->count && all->slots[index] != NULL ? all->slots[index]->serial : 0;
}

size_t pg_dynamic_namespace_count(const pg_host *host) { return host->namespaces.dynamic; }
