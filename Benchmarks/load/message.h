// What is sent over and over: a text around a string that holds a token, padded to its length.
#ifndef LOAD_MESSAGE_H
#define LOAD_MESSAGE_H

#include "token.h"

typedef struct message {
  buffer head;        // what stands before the number, if the message's number is told
  bool has_number;
  buffer before, after;
  size_t payload;  // characters of the string
} message;

/// From a text in which `{message}` stands for the string and, before it, `{number}` for the
/// message's number, if that is to be told.
message message_make(const char *text, size_t payload);
void message_add(buffer *b, const message *m, token t);
/// How long the text is at most.
size_t message_length(const message *m);

#endif
