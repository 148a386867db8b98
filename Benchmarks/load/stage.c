#include "stage.h"

#include <sys/prctl.h>

#include "client.h"
#include "clock.h"
#include "failure.h"

enum { JOINING_AT_ONCE = 100, PATIENCE_SECONDS = 20 };

void stage_open(stage *s, const options *o) {
  s->options = o;
  prctl(PR_SET_TIMERSLACK, 1UL);  // a timetable of publications is kept to the microsecond
  s->target = target_read(o->url);
  s->publish_target = target_read(o->publish_url != NULL ? o->publish_url : o->url);
  loop_raise_descriptor_limit();
  loop_open(&s->loop);
  s->mask = (uint32_t)s->loop.now | 0x01010101;
}

void stage_flush(stage *s) {
  while (s->dirty != NULL) {
    client *c = s->dirty;
    s->dirty = c->next_dirty;
    c->is_dirty = false;
    client_flush(c);
  }
}

void stage_turn(stage *s, uint64_t until) {
  loop_turn(&s->loop, until);
  stage_flush(s);
}

void stage_run(stage *s, uint64_t until) {
  stage_flush(s);
  while (s->loop.now < until) stage_turn(s, until);
}

void stage_join(stage *s, size_t count, void (*dial)(void *context, size_t index), void *context) {
  size_t dialed = 0, were_in = 0;
  uint64_t last_progress = s->loop.now;
  while (dialed < count || s->joining > 0) {
    while (dialed < count && s->joining < JOINING_AT_ONCE) dial(context, dialed++);
    size_t are_in = dialed - s->joining;
    if (are_in != were_in) last_progress = s->loop.now;
    were_in = are_in;
    stage_turn(s, s->loop.now + 100 * CLOCK_MILLISECOND);
    if (s->loop.now - last_progress > PATIENCE_SECONDS * CLOCK_SECOND) {
      fail("%zu of %zu clients are not in yet, and none came in for %d s",
           s->joining + count - dialed, count, PATIENCE_SECONDS);
    }
  }
}
