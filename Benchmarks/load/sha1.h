// SHA-1 and base64, as far as the answer to a WebSocket upgrade needs them.
#ifndef LOAD_SHA1_H
#define LOAD_SHA1_H

#include <stddef.h>
#include <stdint.h>

void sha1(const void *bytes, size_t length, uint8_t digest[20]);
/// Writes `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`: 28 characters and a zero.
void sha1_accept(const char *key, size_t length, char accept[29]);

#endif
