#include "packet.h"

#include "tests/check.h"

static bool reads(const char *text, packet *p) {
  return packet_read((const uint8_t *)text, strlen(text), p);
}

static bool splits(const char *text, slice *name, slice *arguments) {
  return packet_event(slice_of(text), name, arguments);
}

static void takes_packets_apart(void) {
  packet p;
  CHECK(reads("2/bench,17[\"echo\",1]", &p) && p.kind == PACKET_EVENT);
  CHECK(slice_is(p.namespace, "/bench") && p.has_id && p.id == 17);
  CHECK(slice_is(p.body, "[\"echo\",1]"));
  CHECK(reads("0", &p) && p.kind == PACKET_CONNECT && p.namespace.length == 0 && !p.has_id);
  CHECK(reads("0/bench", &p) && slice_is(p.namespace, "/bench") && p.body.length == 0);
  CHECK(reads("2/,[\"a\"]", &p) && p.namespace.length == 0 && slice_is(p.body, "[\"a\"]"));
  CHECK(!reads("", &p) && !reads("9", &p) && !reads("x", &p));
}

static void puts_heads_together(void) {
  buffer b = {0};
  uint64_t id = 1024;
  packet_add_head(&b, PACKET_ACK, slice_of("/bench"), &id);
  packet_add_head(&b, PACKET_EVENT, (slice){0}, NULL);
  CHECK(slice_is((slice){b.bytes, b.used}, "43/bench,102442"));
  buffer_free(&b);
}

static void splits_events(void) {
  slice name, arguments;
  CHECK(splits("[\"echo\",1,\"b\"]", &name, &arguments));
  CHECK(slice_is(name, "echo") && slice_is(arguments, "1,\"b\""));
  CHECK(splits("[\"a\\\"b\"]", &name, &arguments));
  CHECK(slice_is(name, "a\\\"b") && arguments.length == 0);
  CHECK(!splits("{}", &name, &arguments) && !splits("[1]", &name, &arguments));
  CHECK(!splits("[\"open]", &name, &arguments) && !splits("[\"\\", &name, &arguments));
}

void test_packets(void) {
  takes_packets_apart();
  puts_heads_together();
  splits_events();
}
