// Models on their way out and in: what the host asks about them. The models themselves are Lua, in
// LuaRuntime's prelude.
#include "host.h"

void pg_prelude(pg_host *host, const char *name, const void *source, size_t length) {
  (void)host;
  (void)name;
  (void)source;
  (void)length;
}

void pg_program_kept(pg_host *host, const char *name, const void *json, size_t length) {
  (void)host;
  (void)name;
  (void)json;
  (void)length;
}

const char *pg_manifest(const pg_host *host) {
  (void)host;
  return "{\"models\":[],\"widgets\":[],\"schemas\":[]}";
}

bool pg_keep_due(const pg_host *host) {
  (void)host;
  return false;
}

void pg_keep(pg_host *host) { (void)host; }
