// How these programs give up: one line on stderr that names what failed, and exit status 1.
#ifndef LOAD_FAILURE_H
#define LOAD_FAILURE_H

/// Ends the program with a message; `format` is printf's.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// The same, with the reason in `errno` after the message.
_Noreturn void fail_system(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
