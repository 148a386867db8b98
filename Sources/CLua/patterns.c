// Patterns of namespaces that a script serves besides its own.
#include "dispatch.h"

size_t pg_pattern_count(const pg_host *host) {
  (void)host;
  return 0;
}

const char *pg_pattern(const pg_host *host, size_t index) {
  (void)host;
  (void)index;
  return NULL;
}

const char *pg_pattern_namespace(const pg_host *host, size_t index) {
  (void)host;
  (void)index;
  return NULL;
}
