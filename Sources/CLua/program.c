// A program on its way in: copies of the sources that the host hands over, until they are loaded.
#include <stdlib.h>

#include "host.h"

static void free_piece(pg_piece *piece) {
  free(piece->name);
  free(piece->file);
  free(piece->bytes);
}

void pg_program_begin(pg_host *host) {
  if (host->busy) return;
  for (size_t i = 0; i < host->program.count; i++) free_piece(&host->program.pieces[i]);
  host->program.count = 0;
  host->program.incomplete = false;
}

static bool room(pg_program *program) {
  if (program->count < program->capacity) return true;
  size_t capacity = program->capacity == 0 ? 8 : program->capacity * 2;
  pg_piece *pieces = realloc(program->pieces, capacity * sizeof *pieces);
  if (pieces == NULL) return false;
  program->pieces = pieces;
  program->capacity = capacity;
  return true;
}

static void add(pg_host *host, int kind, const char *name, const char *file, const void *bytes,
                size_t length) {
  pg_program *program = &host->program;
  if (host->busy) return;
  if (!room(program)) {
    program->incomplete = true;
    return;
  }
  pg_piece piece = {.kind = kind,
                    .name = strdup(name),
                    .file = strdup(file),
                    .bytes = malloc(length + 1),
                    .length = length};
  if (piece.name == NULL || piece.file == NULL || piece.bytes == NULL) {
    free_piece(&piece);
    program->incomplete = true;
    return;
  }
  if (length > 0) memcpy(piece.bytes, bytes, length);
  piece.bytes[length] = '\0';
  program->pieces[program->count++] = piece;
}

void pg_program_script(pg_host *host, const char *name_space, const char *file, const void *source,
                       size_t length) {
  add(host, PG_PIECE_SCRIPT, name_space, file, source, length);
}

void pg_program_module(pg_host *host, const char *name, const char *file, const void *source,
                       size_t length) {
  add(host, PG_PIECE_MODULE, name, file, source, length);
}

void pg_program_environment(pg_host *host, const char *name, const char *value) {
  add(host, PG_PIECE_VARIABLE, name, "", value, strlen(value));
}

void pg_program_kept(pg_host *host, const char *name, const void *json, size_t length) {
  add(host, PG_PIECE_KEPT, name, "", json, length);
}

void pg_program_free(pg_host *host) {
  pg_program_begin(host);
  free(host->program.pieces);
  host->program = (pg_program){0};
}
