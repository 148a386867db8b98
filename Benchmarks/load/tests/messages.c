#include "message.h"

#include "tests/check.h"

static bool finds(const char *text, uint32_t sender, uint32_t number) {
  token t;
  return token_find((const uint8_t *)text, strlen(text), &t) && t.sender == sender &&
         t.number == number;
}

static bool finds_none(const char *text) {
  token t;
  return !token_find((const uint8_t *)text, strlen(text), &t);
}

static void finds_tokens_wherever_they_are(void) {
  CHECK(finds("42/bench,[\"pubblication\",\"#3.117#xxxx\"]", 3, 117));
  CHECK(finds("# #1.#2.3 #4.5#", 4, 5));
  CHECK(finds("#4294967295.0#", 4294967295U, 0));
  CHECK(finds_none("") && finds_none("#") && finds_none("#1.2") && finds_none("#1#2#"));
  CHECK(finds_none("#4294967296.0#") && finds_none("#.1#") && finds_none("#1.#"));
}

static void writes_messages_of_one_length(void) {
  message m = message_make("43{number}[\"{message}\"]", 24);
  buffer b = {0};
  message_add(&b, &m, (token){12, 345});
  CHECK(b.used == 33 && memcmp(b.bytes, "43345[\"#12.345#xxxxxxxxxxxxxxxx\"]", 33) == 0);
  CHECK(b.used <= message_length(&m));
  buffer_free(&b);
  m = message_make("<{message}>", 24);
  message_add(&b, &m, (token){4294967295U, 4294967295U});
  CHECK(b.used == 26 && memcmp(b.bytes, "<#4294967295.4294967295#x>", 26) == 0);
  buffer_free(&b);
}

void test_messages(void) {
  finds_tokens_wherever_they_are();
  writes_messages_of_one_length();
}
