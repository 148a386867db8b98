// What a scenario found, in the order in which it is told.
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPORT_ROWS = 40 };

typedef struct report {
  struct {
    const char *name;
    char value[96];
    bool is_text;
  } rows[REPORT_ROWS];
  size_t count;
} report;

void report_text(report *r, const char *name, const char *value);
void report_count(report *r, const char *name, uint64_t value);
/// A number with `digits` after the point.
void report_number(report *r, const char *name, double value, int digits);
/// Writes one JSON object, or a table for people, to stdout.
void report_print(const report *r, bool json);

#endif
