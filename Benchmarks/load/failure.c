#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn static void give_up(const char *format, va_list values, int error) {
  fprintf(stderr, "%s: ", program_invocation_short_name);
  vfprintf(stderr, format, values);
  if (error != 0) fprintf(stderr, ": %s", strerror(error));
  fputc('\n', stderr);
  exit(1);
}

_Noreturn void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  give_up(format, values, 0);
}

_Noreturn void fail_system(const char *format, ...) {
  int error = errno;
  va_list values;
  va_start(values, format);
  give_up(format, values, error);
}
