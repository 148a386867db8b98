#include "sandbox.h"
const luaL_Reg pg_string_functions[] = {{NULL, NULL}};
