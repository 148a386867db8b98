// The mark by which a message is known again after the server has passed it on: `#3.117#` is
// message 117 of sender 3. It stands in a string argument, wherever in its JSON the server puts it.
#ifndef LOAD_TOKEN_H
#define LOAD_TOKEN_H

#include <stdbool.h>

#include "buffer.h"

enum { TOKEN_LONGEST = 23 };

typedef struct token {
  uint32_t sender, number;
} token;

/// Finds the first token in a text.
bool token_find(const uint8_t *text, size_t length, token *t);
void token_add(buffer *b, token t);

#endif
