// self:listen(channel): publications that a script reads one after the other.
#include "dispatch.h"

void pg_publication(pg_host *host, uint64_t listener, const void *message, size_t length) {
  (void)host;
  (void)listener;
  (void)message;
  (void)length;
}
