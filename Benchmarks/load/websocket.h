// What both WebSocket wires do: ask for the upgrade, and take frames.
#ifndef LOAD_WEBSOCKET_H
#define LOAD_WEBSOCKET_H

#include "client.h"

/// Asks for the upgrade of `path`.
void websocket_open(client *c, const char *path);
/// Takes the answer to the upgrade once it is whole: `is_answered` is true then.
size_t websocket_take_answer(client *c, const uint8_t *bytes, size_t count);
/// Takes whole frames; `text` gets those of text, as long as the client lives. Pings are answered,
/// and a close frame ends the client with its reason.
size_t websocket_take(client *c, uint8_t *bytes, size_t count,
                      void (*text)(client *c, const uint8_t *text, size_t length));
/// Appends a text frame; what to send.
void websocket_add(client *c, const void *text, size_t length);
/// Notes a close frame's code and reason as the client's.
void websocket_note_close(client *c, const uint8_t *payload, size_t length);

#endif
