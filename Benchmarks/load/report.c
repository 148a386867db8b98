#include "report.h"

#include <inttypes.h>
#include <stdio.h>

#include "failure.h"

static char *add(report *r, const char *name, bool is_text) {
  if (r->count == REPORT_ROWS) fail("a report has no room for %s", name);
  r->rows[r->count].name = name;
  r->rows[r->count].is_text = is_text;
  return r->rows[r->count++].value;
}

void report_text(report *r, const char *name, const char *value) {
  snprintf(add(r, name, true), sizeof r->rows[0].value, "%s", value);
}

void report_count(report *r, const char *name, uint64_t value) {
  snprintf(add(r, name, false), sizeof r->rows[0].value, "%" PRIu64, value);
}

void report_number(report *r, const char *name, double value, int digits) {
  snprintf(add(r, name, false), sizeof r->rows[0].value, "%.*f", digits, value);
}

static void print_string(const char *text) {
  putchar('"');
  for (; *text != 0; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte < 0x20) printf("\\u%04x", byte);
    else if (byte == '"' || byte == '\\') printf("\\%c", byte);
    else putchar(byte);
  }
  putchar('"');
}

void report_print(const report *r, bool json) {
  for (size_t i = 0; i < r->count; i++) {
    if (!json) {
      printf("%-16s %s\n", r->rows[i].name, r->rows[i].value);
      continue;
    }
    printf("%s\"%s\":", i == 0 ? "{" : ",", r->rows[i].name);
    if (r->rows[i].is_text) print_string(r->rows[i].value);
    else fputs(r->rows[i].value, stdout);
  }
  if (json) puts("}");
}
