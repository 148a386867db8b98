#include "usage.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "failure.h"

uint64_t usage_own_cpu(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * CLOCK_SECOND + (uint64_t)time.tv_nsec;
}

static FILE *open_file(long pid, const char *name, const char *mode) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
  return fopen(path, mode);
}

uint64_t usage_cpu(long pid) {
  char text[1024] = "";
  FILE *file = open_file(pid, "stat", "r");
  if (file == NULL) fail_system("--pid %ld", pid);
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  // The name of the program stands in parentheses and may hold anything.
  const char *rest = strrchr(text, ')');
  unsigned long user = 0, system = 0;
  const char *fields = ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu";
  if (rest == NULL || sscanf(rest, fields, &user, &system) != 2) fail("cannot read /proc/%ld", pid);
  return (uint64_t)(user + system) * (CLOCK_SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
}

static uint64_t status_field(long pid, const char *name) {
  char line[256];
  unsigned long kilobytes = 0;
  FILE *file = open_file(pid, "status", "r");
  if (file == NULL) fail_system("--pid %ld", pid);
  while (fgets(line, sizeof line, file) != NULL) {
    size_t length = strlen(name);
    if (strncmp(line, name, length) == 0 && sscanf(line + length, ": %lu", &kilobytes) == 1) break;
  }
  fclose(file);
  return (uint64_t)kilobytes * 1024;
}

uint64_t usage_resident(long pid) { return status_field(pid, "VmRSS"); }

uint64_t usage_peak(long pid) { return status_field(pid, "VmHWM"); }

void usage_forget_peak(long pid) {
  FILE *file = open_file(pid, "clear_refs", "w");
  if (file == NULL) return;
  fputs("5", file);
  fclose(file);
}
