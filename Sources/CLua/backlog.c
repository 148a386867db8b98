// Messages that wait for a listener: JSON text and attachments in one block each, decoded when they
// are read. The blocks count as the app's memory.
#include "backlog.h"

#include "json.h"

struct pg_message {
  struct pg_message *next;
  size_t size;     // of the whole block
  size_t channel;
  size_t text;     // bytes of the JSON text, which lies behind the spans
  size_t blobs;    // bytes of the attachments, behind the text
  size_t count;    // of the attachments
  pg_span spans[];
};

static uint8_t *text_of(pg_message *message) {
  return (uint8_t *)(message->spans + message->count);
}

static size_t blobs_of(const pg_input *input) { return input->count > 0 ? input->blobs.used : 0; }

static pg_message *copy_input(pg_host *host, size_t channel) {
  const pg_input *input = &host->input;
  size_t spans = input->count * sizeof *input->spans, blobs = blobs_of(input);
  size_t size = sizeof(pg_message) + spans + input->length + blobs;
  pg_message *copy = pg_allocate(&host->memory, NULL, 0, size);
  if (copy == NULL) return NULL;
  *copy = (pg_message){.size = size,
                       .channel = channel,
                       .text = input->length,
                       .blobs = blobs,
                       .count = input->count};
  if (spans > 0) memcpy(copy->spans, input->spans, spans);
  if (input->length > 0) memcpy(text_of(copy), input->text, input->length);
  if (blobs > 0) memcpy(text_of(copy) + input->length, input->blobs.bytes, blobs);
  return copy;
}

bool pg_backlog_add(pg_host *host, pg_backlog *backlog, size_t channel) {
  size_t bytes = host->input.length + blobs_of(&host->input);
  if (backlog->count >= PG_BACKLOG_MESSAGES) return false;
  if (bytes > PG_BACKLOG_BYTES - backlog->bytes) return false;
  pg_message *message = copy_input(host, channel);
  if (message == NULL) return false;
  if (backlog->last != NULL) {
    backlog->last->next = message;
  } else {
    backlog->first = message;
  }
  backlog->last = message;
  backlog->count++;
  backlog->bytes += bytes;
  return true;
}

static void drop_first(pg_host *host, pg_backlog *backlog) {
  pg_message *first = backlog->first;
  backlog->first = first->next;
  if (first->next == NULL) backlog->last = NULL;
  backlog->count--;
  backlog->bytes -= first->text + first->blobs;
  pg_allocate(&host->memory, first, first->size, 0);
}

size_t pg_backlog_take(lua_State *L, pg_backlog *backlog) {
  pg_host *host = pg_host_of(L);
  pg_message *first = backlog->first;
  size_t channel = first->channel;
  uint8_t *text = text_of(first);
  pg_input input = {.spans = first->spans,
                    .count = first->count,
                    .blobs = {.bytes = text + first->text, .used = first->blobs}};
  pg_decoder d = pg_decode_begin(L, host, text, first->text);
  d.attachments = first->count > 0;
  d.input = &input;
  pg_decode_space(&d);
  if (!pg_decode_value(&d) || !pg_decode_finished(&d)) {
    luaL_error(L, "a message that is no JSON: %s", d.error);
  }
  drop_first(host, backlog);
  return channel;
}

void pg_backlog_clear(pg_host *host, pg_backlog *backlog) {
  while (backlog->first != NULL) drop_first(host, backlog);
}
