// What the tests say: an expectation that does not hold is told with its place, and counted.
#ifndef LOAD_CHECK_H
#define LOAD_CHECK_H

#include <stdbool.h>

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

/// Returns `holds`.
bool check(bool holds, const char *text, const char *file, int line);

void test_answers(void);
void test_chunks(void);
void test_event_streams(void);
void test_frames(void);
void test_histogram(void);
void test_memo(void);
void test_messages(void);
void test_order(void);
void test_packets(void);

#endif
