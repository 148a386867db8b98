// Counts what a program allocates: the C library's allocating functions are taken over by ones that
// count and then call them. Linux with glibc. Threads are counted together.
#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdint.h>

/// Runs `body`, and returns how many blocks were allocated meanwhile; one that is reallocated counts.
///
/// Never inlined: tools that count instructions find by its name what is to be counted.
uint64_t allocations_during(void (*_Nonnull body)(void *_Nullable), void *_Nullable context);

#endif
