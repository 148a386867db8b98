// What a scenario found, in the order in which it is told.
#ifndef LOAD_REPORT_H
#define LOAD_REPORT_H

#include <stdbool.h>

#include "buffer.h"

enum { REPORT_ROWS = 40 };

typedef struct report {
  struct {
    const char *name;
    buffer json;
  } rows[REPORT_ROWS];
  size_t count;
} report;

void report_text(report *r, const char *name, const char *value);
/// A list of texts, as many as are added to it after this.
void report_list(report *r, const char *name);
/// Adds a text to the list that was reported last.
void report_list_add(report *r, const char *value);
void report_count(report *r, const char *name, uint64_t value);
/// A number with `digits` after the point.
void report_number(report *r, const char *name, double value, int digits);
/// Writes one JSON object, or a table for people, to stdout.
void report_print(const report *r, bool json);

#endif
