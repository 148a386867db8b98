// HTTP requests: a route's handler gets a table, what it returns becomes the response.
#include "dispatch.h"

size_t pg_route_count(const pg_host *host) {
  (void)host;
  return 0;
}

const char *pg_route_key(const pg_host *host, size_t index) {
  (void)host;
  (void)index;
  return NULL;
}

const char *pg_route_namespace(const pg_host *host, size_t index) {
  (void)host;
  (void)index;
  return NULL;
}

const char *pg_gate_namespace(const pg_host *host) {
  (void)host;
  return NULL;
}

void pg_request(pg_host *host, uint64_t socket, const char *key, const void *request,
                size_t length) {
  (void)host;
  (void)socket;
  (void)key;
  (void)request;
  (void)length;
}

void pg_abandon(pg_host *host, uint64_t socket) {
  (void)host;
  (void)socket;
}

void pg_drained(pg_host *host, uint64_t socket, size_t bytes) {
  (void)host;
  (void)socket;
  (void)bytes;
}
