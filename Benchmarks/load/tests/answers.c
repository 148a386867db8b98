#include "answer.h"

#include <string.h>

#include "sha1.h"
#include "tests/check.h"

static const uint8_t *bytes(const char *text) { return (const uint8_t *)text; }

static void reads_an_upgrade_that_arrives_byte_by_byte(void) {
  const char text[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81";
  answer a;
  size_t head = sizeof text - 2;
  for (size_t count = 0; count < head; count++) {
    CHECK(answer_read(bytes(text), count, &a) == ANSWER_PARTIAL);
  }
  CHECK(answer_read(bytes(text), head + 1, &a) == ANSWER_WHOLE);
  CHECK(a.status == 101 && a.head == head);
  CHECK(strcmp(a.line, "HTTP/1.1 101 Switching Protocols") == 0);
}

static void reads_how_long_a_body_is(void) {
  const char text[] = "HTTP/1.1 200 OK\r\nX: 1\r\ncontent-length: 17\r\n\r\n";
  const char chunked[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  answer a;
  CHECK(answer_read(bytes(text), sizeof text - 1, &a) == ANSWER_WHOLE);
  CHECK(a.body == 17 && !a.is_chunked);
  CHECK(answer_read(bytes(chunked), sizeof chunked - 1, &a) == ANSWER_WHOLE);
  CHECK(a.body == 0 && a.is_chunked);
}

static void refuses_what_is_no_http(void) {
  static uint8_t endless[20000];
  answer a;
  memset(endless, 'x', sizeof endless);
  CHECK(answer_read(bytes("SSH-2.0"), 7, &a) == ANSWER_BAD);
  CHECK(answer_read(bytes("HTTP/1.1 none\r\n\r\n"), 17, &a) == ANSWER_BAD);
  memcpy(endless, "HTTP/1.1 200 OK\r\n", 17);
  CHECK(answer_read(endless, sizeof endless, &a) == ANSWER_BAD);
}

static void accepts_a_key_as_the_protocol_says(void) {
  char accept[29];
  sha1_accept("dGhlIHNhbXBsZSBub25jZQ==", 24, accept);
  CHECK(strcmp(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == 0);
}

void test_answers(void) {
  reads_an_upgrade_that_arrives_byte_by_byte();
  reads_how_long_a_body_is();
  refuses_what_is_no_http();
  accepts_a_key_as_the_protocol_says();
}
