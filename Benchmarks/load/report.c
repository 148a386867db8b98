#include "report.h"

#include <stdio.h>

#include "failure.h"

static buffer *add(report *r, const char *name) {
  if (r->count == REPORT_ROWS) fail("a report has no room for %s", name);
  r->rows[r->count].name = name;
  return &r->rows[r->count++].json;
}

static void add_string(buffer *b, const char *text) {
  buffer_put(b, '"');
  for (; *text != 0; text++) {
    uint8_t byte = (uint8_t)*text;
    if (byte < 0x20) {
      buffer_print(b, "\\u%04x", byte);
      continue;
    }
    if (byte == '"' || byte == '\\') buffer_put(b, '\\');
    buffer_put(b, byte);
  }
  buffer_put(b, '"');
}

void report_text(report *r, const char *name, const char *value) {
  add_string(add(r, name), value);
}

void report_list(report *r, const char *name) { buffer_text(add(r, name), "[]"); }

void report_list_add(report *r, const char *value) {
  buffer *list = &r->rows[r->count - 1].json;
  list->used--;
  if (list->used > 1) buffer_put(list, ',');
  add_string(list, value);
  buffer_put(list, ']');
}

void report_count(report *r, const char *name, uint64_t value) {
  buffer_decimal(add(r, name), value);
}

void report_number(report *r, const char *name, double value, int digits) {
  buffer_print(add(r, name), "%.*f", digits, value);
}

// A single text stands in the table without its quotation marks.
static void print_row(const char *name, const buffer *value) {
  bool is_text = value->bytes[0] == '"';
  size_t length = is_text ? value->used - 2 : value->used;
  printf("%-18s %.*s\n", name, (int)length, (const char *)value->bytes + is_text);
}

void report_print(const report *r, bool json) {
  for (size_t i = 0; i < r->count; i++) {
    const buffer *value = &r->rows[i].json;
    if (!json) {
      print_row(r->rows[i].name, value);
      continue;
    }
    printf("%s\"%s\":", i == 0 ? "{" : ",", r->rows[i].name);
    fwrite(value->bytes, 1, value->used, stdout);
  }
  if (json) puts("}");
}
