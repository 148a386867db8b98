#ifndef PG_HANDSHAKE_H
#define PG_HANDSHAKE_H

#include "host.h"

/// Makes the promise at `index` an ordinary table with the handshake's fields.
void pg_handshake_fill(lua_State *L, int index);
void pg_handshake_open(lua_State *L, pg_host *host);

#endif
