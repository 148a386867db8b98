#include "sha1.h"

#include <string.h>

static uint32_t rotate(uint32_t word, int by) { return word << by | word >> (32 - by); }

static uint32_t choose(int round, uint32_t b, uint32_t c, uint32_t d) {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5A827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ED9EBA1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC;
  return (b ^ c ^ d) + 0xCA62C1D6;
}

static void add_block(uint32_t state[5], const uint8_t block[64]) {
  uint32_t words[80];
  for (int i = 0; i < 16; i++) {
    const uint8_t *at = block + 4 * i;
    words[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
  }
  for (int i = 16; i < 80; i++) {
    words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (int i = 0; i < 80; i++) {
    uint32_t next = rotate(a, 5) + choose(i, b, c, d) + e + words[i];
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

void sha1(const void *bytes, size_t length, uint8_t digest[20]) {
  uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  const uint8_t *at = bytes;
  size_t left = length;
  for (; left >= 64; left -= 64, at += 64) add_block(state, at);
  uint8_t last[128] = {0};
  memcpy(last, at, left);
  last[left] = 0x80;
  size_t size = left < 56 ? 64 : 128;
  uint64_t bits = (uint64_t)length * 8;
  for (size_t i = 0; i < 8; i++) last[size - 1 - i] = (uint8_t)(bits >> 8 * i);
  for (size_t i = 0; i < size; i += 64) add_block(state, last + i);
  for (size_t i = 0; i < 20; i++) digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static void base64(const uint8_t *bytes, size_t length, char *text) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < length; i += 3) {
    uint32_t group = (uint32_t)bytes[i] << 16;
    if (i + 1 < length) group |= (uint32_t)bytes[i + 1] << 8;
    if (i + 2 < length) group |= bytes[i + 2];
    *text++ = letters[group >> 18];
    *text++ = letters[group >> 12 & 63];
    *text++ = i + 1 < length ? letters[group >> 6 & 63] : '=';
    *text++ = i + 2 < length ? letters[group & 63] : '=';
  }
  *text = 0;
}

void sha1_accept(const char *key, size_t length, char accept[29]) {
  static const char suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  char text[128];
  uint8_t digest[20];
  if (length > sizeof text - sizeof suffix) length = sizeof text - sizeof suffix;
  memcpy(text, key, length);
  memcpy(text + length, suffix, sizeof suffix - 1);
  sha1(text, length + sizeof suffix - 1, digest);
  base64(digest, 20, accept);
}
