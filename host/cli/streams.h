/* streams.h: the kinds of files that standard streams and outputs are: pipes and terminals. */
#ifndef GF_STREAMS_H
#define GF_STREAMS_H

#include "gpufitcl.h"

#include <stdbool.h>
#include <stddef.h>

/* True if standard input has bytes to read; it reads none.  The writer of an empty pipe has a
 * tenth of a second to begin: a shell starts both sides of "cat data.csv | gpufit" at once. */
bool unread_input(void);

/* True if path names a pipe. */
bool is_pipe(const char *path);

/* Waits until a pipe at path has a reader, or a signal asks to stop (GF_E_INTERRUPTED).  *held is
 * then an open descriptor, which keeps a writer on the pipe until the caller closes it; -1 if path
 * is not a pipe. */
gf_status pipe_await(const char *path, int *held, gf_error *err);

/* True if fd is a terminal that can rewrite a line. */
bool terminal_rewrites(int fd);

/* The columns of the terminal fd; 80 if fd is not a terminal. */
size_t terminal_columns(int fd);

#endif
