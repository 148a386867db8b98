// What events carry: args arrays written into the outbox's text.
#include "json.h"

static pg_encoder begin(lua_State *L, pg_host *host) {
  pg_encoder encoder =
      pg_encode_begin(L, host, &host->outbox.text, host->outbox.text_limit);
  encoder.blobs = true;
  return encoder;
}

static pg_span end(const pg_encoder *encoder, size_t start) {
  return (pg_span){(uint32_t)start, (uint32_t)(encoder->out->used - start)};
}

pg_span pg_encode_event(lua_State *L, pg_host *host, const char *event, size_t length, int first,
                        int last, int *attachments) {
  pg_encoder encoder = begin(L, host);
  size_t start = encoder.out->used;
  pg_encode_byte(&encoder, '[');
  pg_encode_string(&encoder, event, length);
  for (int i = first; i <= last; i++) {
    pg_encode_byte(&encoder, ',');
    pg_encode_value(&encoder, i);
  }
  pg_encode_byte(&encoder, ']');
  *attachments = encoder.attachments;
  return end(&encoder, start);
}

pg_span pg_encode_values(lua_State *L, pg_host *host, int first, int last, int *attachments) {
  pg_encoder encoder = begin(L, host);
  size_t start = encoder.out->used;
  pg_encode_byte(&encoder, '[');
  for (int i = first; i <= last; i++) {
    if (i > first) pg_encode_byte(&encoder, ',');
    pg_encode_value(&encoder, i);
  }
  pg_encode_byte(&encoder, ']');
  *attachments = encoder.attachments;
  return end(&encoder, start);
}

pg_span pg_encode_text(lua_State *L, pg_host *host, int index) {
  pg_encoder encoder = begin(L, host);
  encoder.blobs = false;
  size_t start = encoder.out->used;
  pg_encode_value(&encoder, index);
  return end(&encoder, start);
}
