// CPU time and memory of processes, as the system counts them.
#ifndef LOAD_USAGE_H
#define LOAD_USAGE_H

#include <stdbool.h>
#include <stdint.h>

/// CPU time of this process, in nanoseconds.
uint64_t usage_own_cpu(void);
/// CPU time of another process, in nanoseconds; ends the program when there is none.
uint64_t usage_cpu(long pid);
/// Resident bytes of a process now.
uint64_t usage_resident(long pid);
/// The most it ever had, since `usage_forget_peak` if that is allowed.
uint64_t usage_peak(long pid);
void usage_forget_peak(long pid);

#endif
