#include "sandbox.h"
const luaL_Reg pg_table_functions[] = {{NULL, NULL}};
