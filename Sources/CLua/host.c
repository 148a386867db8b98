#include "perigee_lua.h"
pg_host *pg_create(const char *a, const char *v, const pg_limits *l, bool d, pg_handshake_query q, void *c) { return 0; }
void pg_destroy(pg_host *h) {}
void pg_buffer_write(pg_buffer *b, const void *p, size_t n) {}
void pg_program_begin(pg_host *h) {}
void pg_program_script(pg_host *h, const char *n, const char *f, const void *s, size_t l) {}
void pg_program_module(pg_host *h, const char *n, const char *f, const void *s, size_t l) {}
void pg_program_environment(pg_host *h, const char *n, const char *v) {}
bool pg_load(pg_host *h, pg_failure *f) { return false; }
int64_t pg_generation_number(const pg_host *h) { return 0; }
size_t pg_script_count(const pg_host *h) { return 0; }
const char *pg_script_namespace(const pg_host *h, size_t i) { return ""; }
size_t pg_namespace_count(const pg_host *h) { return 0; }
const char *pg_namespace_name(const pg_host *h, size_t i) { return ""; }
void pg_open(pg_host *h, uint64_t s, const char *n, const char *i, uint64_t x) {}
void pg_attach(pg_host *h, const void *b, size_t l) {}
void pg_connect(pg_host *h, uint64_t s, const void *a, size_t l) {}
void pg_event(pg_host *h, uint64_t s, const void *p, size_t l, int64_t a) {}
void pg_acknowledge(pg_host *h, uint64_t s, int64_t a, const void *p, size_t l) {}
void pg_disconnect(pg_host *h, uint64_t s, const char *r) {}
void pg_wake(pg_host *h, uint64_t t) {}
void pg_fire(pg_host *h, uint64_t t) {}
pg_outbox_view pg_outbox_read(const pg_host *h) { return (pg_outbox_view){0}; }
void pg_outbox_clear(pg_host *h) {}
size_t pg_memory_used(const pg_host *h) { return 0; }
size_t pg_suspended_count(const pg_host *h) { return 0; }
size_t pg_timer_count(const pg_host *h) { return 0; }
bool pg_overflowed(const pg_host *h) { return false; }
bool pg_was_interrupted(const pg_host *h) { return false; }
