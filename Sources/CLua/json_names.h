// Names of JSON members that came lately. Most events look like the ones before: their names need
// not be hashed and interned anew, and how many members an object had tells how large its table
// gets. Used by json_decode.c alone; one for each host.
#ifndef PG_JSON_NAMES_H
#define PG_JSON_NAMES_H

#include <lua5.4/lua.h>

#include "json_scan.h"

#define PG_NAME_SLOTS 256      // a power of two
#define PG_LONGEST_NAME 16     // bytes of a name that is kept
#define PG_MOST_EXPECTED 64    // members that a table is made for at once

/// One of the names, found by its bytes; its string is in the table at the same place.
typedef struct pg_member_name {
  pg_words words;
  uint16_t length;   // + 1; 0: there is none
  uint16_t members;  // of the last object that began with it
} pg_member_name;

typedef struct pg_member_names {
  int table;  // registry reference: slot + 1 -> string
  pg_member_name slots[PG_NAME_SLOTS];
} pg_member_names;

/// A name on its way from the text to the stack.
typedef struct pg_read_name {
  const uint8_t *bytes;
  size_t length;
  pg_words words;
  pg_member_name *slot;  // NULL: it is too long to be kept
} pg_read_name;

void pg_member_names_open(lua_State *L, pg_member_names *names);

static inline pg_member_name *pg_name_slot(pg_member_names *names, pg_words words,
                                           size_t length) {
  uint64_t mixed = (words.head ^ (words.tail << 7 | words.tail >> 57)) + length;
  return &names->slots[mixed * 0x9E3779B97F4A7C15u >> 56 & (PG_NAME_SLOTS - 1)];
}

/// Finds the place of a name; whether it is there, pg_name_is_known says.
static inline pg_read_name pg_name_find(pg_member_names *names, const uint8_t *bytes,
                                        size_t length) {
  pg_read_name name = {.bytes = bytes, .length = length};
  if (length > PG_LONGEST_NAME) return name;
  name.words = pg_words_of(bytes, length);
  name.slot = pg_name_slot(names, name.words, length);
  return name;
}

/// The same for the name that begins with the quote at `at`, when sixteen bytes of text after that
/// hold all of it; false when it has to be read in another way.
static inline bool pg_name_in_block(pg_member_names *names, const uint8_t *at, const uint8_t *end,
                                    pg_read_name *name) {
#ifdef __SSE2__
  static const uint8_t ones_then_zeros[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                              255, 255, 255, 255, 255, 255, 255, 255};
  if (end - at <= 16 || *at != '"') return false;
  __m128i block = pg_load_block(at + 1);
  ptrdiff_t length = pg_string_in_block(block, 0);
  if (length < 0) return false;
  block = _mm_and_si128(block, pg_load_block(ones_then_zeros + 16 - length));
  name->bytes = at + 1;
  name->length = (size_t)length;
  memcpy(&name->words, &block, sizeof block);
  name->slot = pg_name_slot(names, name->words, name->length);
  return true;
#else
  (void)names, (void)at, (void)end, (void)name;
  return false;
#endif
}

static inline bool pg_name_is_known(const pg_read_name *name) {
  const pg_member_name *slot = name->slot;
  return slot != NULL && slot->length == name->length + 1 &&
         slot->words.head == name->words.head && slot->words.tail == name->words.tail;
}

/// Pushes a name that is not known and puts it in the place of another one. stack: … → … string
void pg_keep_name(lua_State *L, pg_member_names *names, int table, const pg_read_name *name);

/// Pushes a name as a string; `table` is the stack slot of the names' table. stack: … → … string
static inline void pg_push_name(lua_State *L, pg_member_names *names, int table,
                                const pg_read_name *name) {
  if (pg_name_is_known(name)) {
    lua_rawgeti(L, table, name->slot - names->slots + 1);
  } else {
    pg_keep_name(L, names, table, name);
  }
}

#endif
