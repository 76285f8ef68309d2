/* message.h: what goes to standard error, and the exit code that goes with it. */
#ifndef GF_MESSAGE_H
#define GF_MESSAGE_H

#include "gpufitcl.h"

/* "gpufit: ..." and a newline, on standard error. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line of its own after one of these, without "gpufit: ". */
void say_more(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct command;

/* The same for a mistake in that command's line, with a hint at its --help.  Returns the exit
 * code. */
int say_usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The library's message; returns the exit code of its status. */
int say_error(const gf_error *err);

int exit_code(gf_status status);

#endif
