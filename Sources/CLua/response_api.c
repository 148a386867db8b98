// The globals that make responses: html, redirect, response, sse, stream, expose; and abort, which
// ends a request with an error.
#include "http.h"

// stack: … → … response
static void push_response(lua_State *L) {
  lua_createtable(L, 0, 4);
  pg_mark_response(L);
}

static void set_string(lua_State *L, const char *field, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, field);
}

// response{ status =, headers =, body =, type =, cookies = }
static int api_response(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  push_response(L);
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, 2);
  }
  pg_check_response(L, 2);
  return 1;
}

// html(text)
static int api_html(lua_State *L) {
  luaL_checkstring(L, 1);
  push_response(L);
  set_string(L, "type", "text/html; charset=utf-8");
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "body");
  return 1;
}

// redirect(location, status)
static int api_redirect(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_Integer status = luaL_optinteger(L, 2, 302);
  luaL_argcheck(L, (status >= 301 && status <= 303) || status == 307 || status == 308, 2,
                "301, 302, 303, 307 or 308 expected");
  push_response(L);
  lua_pushinteger(L, status);
  lua_setfield(L, -2, "status");
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "location");
  lua_setfield(L, -2, "headers");
  pg_check_response(L, lua_gettop(L));
  return 1;
}

// stream(type, function(write) … end)
static int api_stream(lua_State *L) {
  luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  push_response(L);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "type");
  lua_pushvalue(L, 2);
  lua_setfield(L, -2, "body");
  pg_check_response(L, lua_gettop(L));
  return 1;
}

// sse(function(send) … end)
static int api_sse(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  push_response(L);
  set_string(L, "type", "text/event-stream");
  lua_createtable(L, 0, 2);
  set_string(L, "cache-control", "no-store");
  set_string(L, "x-accel-buffering", "no");
  lua_setfield(L, -2, "headers");
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, pg_event_generator, 1);
  lua_setfield(L, -2, "body");
  return 1;
}

// stack: results… → response status headers
static int exposed_returned(lua_State *L, int status, lua_KContext context) {
  (void)status;
  (void)context;
  lua_settop(L, 3);
  if (!pg_is_response(L, 1)) {
    push_response(L);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "body");
    lua_replace(L, 1);
  }
  lua_pushliteral(L, "type");
  if (lua_rawget(L, 1) == LUA_TNIL) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_setfield(L, 1, "type");
  }
  lua_settop(L, 3);
  return 3;
}

// Upvalues: type, function.
static int exposed(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_insert(L, 1);
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, exposed_returned);
  return exposed_returned(L, LUA_OK, 0);
}

// expose(type, function) answers a function whose responses have that type.
static int api_expose(lua_State *L) {
  luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  push_response(L);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "type");
  pg_check_response(L, 3);
  lua_settop(L, 2);
  lua_pushcclosure(L, exposed, 2);
  return 1;
}

// abort(status, message, data)
static int api_abort(lua_State *L) {
  lua_Integer status = luaL_checkinteger(L, 1);
  luaL_argcheck(L, status >= 400 && status <= 599, 1, "a status from 400 to 599 expected");
  const char *message = luaL_optstring(L, 2, NULL);
  lua_settop(L, 3);
  if (message == NULL) {
    luaL_gsub(L, pg_status_name(status), "_", " ");
    lua_replace(L, 2);
  }
  return pg_raise_rejection(L, status);
}

const luaL_Reg pg_response_functions[] = {
    {"html", api_html},     {"redirect", api_redirect}, {"response", api_response},
    {"sse", api_sse},       {"stream", api_stream},     {"expose", api_expose},
    {"abort", api_abort},   {NULL, NULL}};
