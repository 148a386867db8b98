// Strings of JSON text: plain ones are used where they stand, escaped ones go through the scratch.
#include "json.h"

static int hex_digit(uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

// Four hexadecimal digits at `at`, or -1.
static int32_t hex4(const uint8_t *at, const uint8_t *end) {
  if (end - at < 4) return -1;
  int32_t value = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

static void put_utf8(pg_buffer *out, uint32_t point) {
  if (point < 0x80) {
    pg_buffer_put(out, (uint8_t)point);
  } else if (point < 0x800) {
    pg_buffer_put(out, (uint8_t)(0xC0 | point >> 6));
    pg_buffer_put(out, (uint8_t)(0x80 | (point & 0x3F)));
  } else if (point < 0x10000) {
    pg_buffer_put(out, (uint8_t)(0xE0 | point >> 12));
    pg_buffer_put(out, (uint8_t)(0x80 | (point >> 6 & 0x3F)));
    pg_buffer_put(out, (uint8_t)(0x80 | (point & 0x3F)));
  } else {
    pg_buffer_put(out, (uint8_t)(0xF0 | point >> 18));
    pg_buffer_put(out, (uint8_t)(0x80 | (point >> 12 & 0x3F)));
    pg_buffer_put(out, (uint8_t)(0x80 | (point >> 6 & 0x3F)));
    pg_buffer_put(out, (uint8_t)(0x80 | (point & 0x3F)));
  }
}

// Reads what follows `\u`. A surrogate without its partner becomes U+FFFD: JSON allows it, UTF-8
// has no form for it.
static bool unicode_escape(pg_decoder *d, pg_buffer *out) {
  int32_t unit = hex4(d->at, d->end);
  if (unit < 0) return pg_decode_fail(d, "\\u needs four hexadecimal digits");
  d->at += 4;
  if (unit < 0xD800 || unit > 0xDFFF) {
    put_utf8(out, (uint32_t)unit);
    return true;
  }
  if (unit < 0xDC00 && d->end - d->at >= 6 && d->at[0] == '\\' && d->at[1] == 'u') {
    int32_t low = hex4(d->at + 2, d->end);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      d->at += 6;
      put_utf8(out, 0x10000 + ((uint32_t)(unit - 0xD800) << 10) + (uint32_t)(low - 0xDC00));
      return true;
    }
  }
  put_utf8(out, 0xFFFD);
  return true;
}

static bool escape(pg_decoder *d, pg_buffer *out) {
  if (d->at == d->end) return pg_decode_fail(d, "the string has no end");
  uint8_t byte = *d->at++;
  switch (byte) {
    case '"':
    case '\\':
    case '/': pg_buffer_put(out, byte); return true;
    case 'b': pg_buffer_put(out, '\b'); return true;
    case 'f': pg_buffer_put(out, '\f'); return true;
    case 'n': pg_buffer_put(out, '\n'); return true;
    case 'r': pg_buffer_put(out, '\r'); return true;
    case 't': pg_buffer_put(out, '\t'); return true;
    case 'u': return unicode_escape(d, out);
    default: return pg_decode_fail(d, "unknown escape in a string");
  }
}

static bool check_utf8(pg_decoder *d, const uint8_t *bytes, size_t length) {
  if (pg_utf8_valid(bytes, length) == length) return true;
  return pg_decode_fail(d, "a string is not valid UTF-8");
}

// The rest of a string whose first escape is at `d->at`; `begun` is where its text began.
static bool escaped_string(pg_decoder *d, const uint8_t *begun, const uint8_t **bytes,
                           size_t *length) {
  pg_buffer *out = &d->host->scratch;
  out->used = 0;
  const uint8_t *plain = begun;
  const uint8_t *stop = d->at;
  for (;;) {
    // Four bytes cover the longest escape's result.
    if (!pg_buffer_room(out, (size_t)(stop - plain) + 4)) luaL_error(d->L, "not enough memory");
    pg_buffer_copy(out, plain, (size_t)(stop - plain));
    d->at = stop;
    if (d->at == d->end) return pg_decode_fail(d, "the string has no end");
    uint8_t byte = *d->at++;
    if (byte == '"') break;
    if (byte != '\\') return pg_decode_fail(d, "a control character in a string");
    if (!escape(d, out)) return false;
    bool ascii;
    plain = d->at;
    stop = pg_json_plain(d->start, d->at, d->end, &ascii);
  }
  *bytes = out->bytes;
  *length = out->used;
  return check_utf8(d, *bytes, *length);
}

bool pg_decode_any_bytes(pg_decoder *d, const uint8_t **bytes, size_t *length) {
  if (d->at == d->end || *d->at != '"') return pg_decode_fail(d, "expected a string");
  const uint8_t *begun = ++d->at;
  bool ascii;
  d->at = pg_json_plain(d->start, begun, d->end, &ascii);
  if (d->at == d->end) return pg_decode_fail(d, "the string has no end");
  if (*d->at != '"') return escaped_string(d, begun, bytes, length);
  *bytes = begun;
  *length = (size_t)(d->at - begun);
  d->at++;
  return ascii || check_utf8(d, *bytes, *length);
}
