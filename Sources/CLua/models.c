// What the host asks about models: what is declared, and what is to be stored. The models themselves
// are Lua, in LuaRuntime's prelude, over the tables of node.c.
#include "prelude.h"

const char *pg_manifest(const pg_host *host) {
  static const char none[] = "{\"models\":[],\"widgets\":[],\"schemas\":[]}";
  return host->manifest != NULL ? host->manifest : none;
}

bool pg_keep_due(const pg_host *host) { return host->keep_due; }

void pg_keep(pg_host *host) {
  if (host->busy || host->paused_run != NULL) return;
  host->keep_due = false;
  if (!pg_call_watched(host, "keep")) host->keep_due = true;
}
