// What all clients of a run share: the loop, the server's address, the buffer that is read into,
// and the list of clients that have something to write when the round ends.
#ifndef LOAD_STAGE_H
#define LOAD_STAGE_H

#include "loop.h"
#include "options.h"
#include "target.h"

enum { STAGE_INPUT = 64 << 10, STAGE_LONGEST = 1 << 20 };

struct client;

typedef struct stage {
  const options *options;
  loop loop;
  target target;
  target publish_target;  // that of publishers
  uint32_t mask;         // of all frames that clients send
  size_t dialed;         // clients so far
  size_t joining;        // clients on their way in
  struct client *dirty;  // have something to write
  uint8_t input[STAGE_LONGEST + STAGE_INPUT];
} stage;

void stage_open(stage *s, const options *o);
/// One round: what is ready, until the time `until` at most, then what is to be written.
void stage_turn(stage *s, uint64_t until);
/// Writes what is to be written.
void stage_flush(stage *s);
void stage_run(stage *s, uint64_t until);
/// Brings clients in, some at a time, and waits until all are; `dial` is called with each index.
void stage_join(stage *s, size_t count, void (*dial)(void *context, size_t index), void *context);

#endif
