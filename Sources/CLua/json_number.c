// Numbers in both directions: integers stay integers while 64 bits hold them, floats take the
// shortest text that reads back as the same float.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json.h"

// Powers of ten that a double holds exactly.
static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define EXACT_INTEGER ((uint64_t)1 << 53)
#define SAFE_DIGITS 18  // of an integer that needs no look at 64 bits' bounds
#define LONGEST_INTEGER 20

typedef struct number_parts {
  bool negative, integral;
  uint64_t digits;  // all digits before the exponent, as far as `fits`
  bool fits;        // `digits` did not overflow
  int scale;        // the power of ten that `digits` is to be multiplied with
} number_parts;

static bool is_digit(const pg_decoder *d) { return d->at < d->end && *d->at >= '0' && *d->at <= '9'; }

static void take_digits(pg_decoder *d, number_parts *parts, int scale) {
  while (is_digit(d)) {
    uint64_t digit = (uint64_t)(*d->at++ - '0');
    if (parts->digits > (UINT64_MAX - digit) / 10) parts->fits = false;
    parts->digits = parts->digits * 10 + digit;
    if (parts->scale > -1000) parts->scale += scale;
  }
}

static bool take_exponent(pg_decoder *d, number_parts *parts) {
  d->at++;
  bool negative = false;
  if (d->at < d->end && (*d->at == '+' || *d->at == '-')) negative = *d->at++ == '-';
  if (!is_digit(d)) return pg_decode_fail(d, "an exponent needs digits");
  int exponent = 0;
  while (is_digit(d)) {
    if (exponent < 100000) exponent = exponent * 10 + (*d->at - '0');
    d->at++;
  }
  parts->scale += negative ? -exponent : exponent;
  return true;
}

static bool scan(pg_decoder *d, number_parts *parts) {
  *parts = (number_parts){.integral = true, .fits = true};
  if (*d->at == '-') {
    parts->negative = true;
    d->at++;
  }
  if (!is_digit(d)) return pg_decode_fail(d, "unexpected character");
  if (*d->at == '0') {
    d->at++;
    if (is_digit(d)) return pg_decode_fail(d, "a number starts with a superfluous zero");
  } else {
    take_digits(d, parts, 0);
  }
  if (d->at < d->end && *d->at == '.') {
    parts->integral = false;
    d->at++;
    if (!is_digit(d)) return pg_decode_fail(d, "a decimal point needs digits");
    take_digits(d, parts, -1);
  }
  if (d->at < d->end && (*d->at | 0x20) == 'e') {
    parts->integral = false;
    return take_exponent(d, parts);
  }
  return true;
}

static bool push_integer(lua_State *L, const number_parts *parts) {
  uint64_t bound = (uint64_t)INT64_MAX + (parts->negative ? 1 : 0);
  // Minus zero is a float: an integer would lose its sign.
  if (!parts->fits || parts->digits > bound || (parts->negative && parts->digits == 0)) return false;
  uint64_t value = parts->negative ? 0 - parts->digits : parts->digits;
  lua_pushinteger(L, (lua_Integer)value);
  return true;
}

// With at most 53 bits of digits and an exact power of ten, one rounding gives the nearest double.
static bool push_exact(lua_State *L, const number_parts *parts) {
  if (!parts->fits || parts->digits >= EXACT_INTEGER || parts->scale < -22 || parts->scale > 22) {
    return false;
  }
  double value = (double)parts->digits;
  value = parts->scale < 0 ? value / exact_powers[-parts->scale]
                           : value * exact_powers[parts->scale];
  lua_pushnumber(L, parts->negative ? -value : value);
  return true;
}

// Most numbers are integers of few digits, after which something follows that ends them.
static bool short_integer(pg_decoder *d) {
  const uint8_t *at = d->at;
  bool negative = *at == '-';
  const uint8_t *digits = at += negative;
  uint64_t value = 0;
  for (; at < d->end && (uint8_t)(*at - '0') <= 9; at++) value = value * 10 + (uint8_t)(*at - '0');
  size_t count = (size_t)(at - digits);
  if (count == 0 || count > SAFE_DIGITS || *digits == '0' || at == d->end) return false;
  if (*at == '.' || (*at | 0x20) == 'e') return false;
  d->at = at;
  lua_pushinteger(d->L, negative ? -(lua_Integer)value : (lua_Integer)value);
  return true;
}

bool pg_decode_number(pg_decoder *d) {
  if (short_integer(d)) return true;
  const uint8_t *begun = d->at;
  number_parts parts;
  if (!scan(d, &parts)) return false;
  if (parts.integral && push_integer(d->L, &parts)) return true;
  if (push_exact(d->L, &parts)) return true;
  // As a Lua string the text gets the terminator that strtod needs.
  const char *text = lua_pushlstring(d->L, (const char *)begun, (size_t)(d->at - begun));
  double value = strtod(text, NULL);
  lua_pop(d->L, 1);
  lua_pushnumber(d->L, value);
  return true;
}

static const char digit_pairs[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546"
    "4748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293"
    "949596979899";

// Writes the digits that end at `end`.
static size_t write_digits(char *end, uint64_t value) {
  char *at = end;
  while (value >= 100) {
    at -= 2;
    memcpy(at, digit_pairs + value % 100 * 2, 2);
    value /= 100;
  }
  if (value < 10) {
    *--at = (char)('0' + value);
  } else {
    at -= 2;
    memcpy(at, digit_pairs + value * 2, 2);
  }
  return (size_t)(end - at);
}

void pg_encode_integer(pg_encoder *e, lua_Integer value) {
  char text[LONGEST_INTEGER + 4];
  uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  size_t length = write_digits(text + sizeof text, magnitude);
  if (value < 0) text[sizeof text - ++length] = '-';
  pg_encode_need(e, length);
  pg_buffer_copy(e->out, text + sizeof text - length, length);
}

// The common short decimals: digits / 10^places reads back as `value` when that quotient is `value`,
// since both are exact and a division rounds once.
static int short_decimal(double value, char *text) {
  double magnitude = fabs(value);
  for (int places = 1; places <= 6; places++) {
    double product = magnitude * exact_powers[places] + 0.5;
    if (!(product < (double)EXACT_INTEGER)) return 0;
    uint64_t scaled = (uint64_t)product;
    if ((double)scaled / exact_powers[places] != magnitude) continue;
    char digits[24];
    size_t count = write_digits(digits + sizeof digits, scaled);
    while (count <= (size_t)places) digits[sizeof digits - ++count] = '0';
    const char *from = digits + sizeof digits - count;
    char *at = text;
    if (signbit(value)) *at++ = '-';
    size_t whole = count - (size_t)places;
    memcpy(at, from, whole);
    at[whole] = '.';
    memcpy(at + whole + 1, from + whole, (size_t)places);
    return (int)(at - text) + (int)count + 1;
  }
  return 0;
}

static int long_decimal(double value, char *text, size_t size) {
  int length = 0;
  for (int precision = 15; precision <= 17; precision++) {
    length = snprintf(text, size, "%.*g", precision, value);
    if (precision == 17 || strtod(text, NULL) == value) break;
  }
  // A float that happens to be whole stays a float for readers that know the difference.
  if (strpbrk(text, ".e") == NULL) {
    memcpy(text + length, ".0", 3);
    length += 2;
  }
  return length;
}

void pg_encode_float(pg_encoder *e, lua_Number value) {
  if (!isfinite(value)) luaL_error(e->L, "JSON has no form for %f", value);
  char text[48];
  int length = short_decimal(value, text);
  if (length == 0) length = long_decimal(value, text, sizeof text);
  pg_encode_need(e, (size_t)length);
  pg_buffer_copy(e->out, text, (size_t)length);
}
