/* process.h: the program and its surroundings: the user's request to stop, pipes, and the
 * terminal. */
#ifndef GF_PROCESS_H
#define GF_PROCESS_H

#include "gpufitcl.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- the request to stop ---- */

/* From now on the first SIGINT, SIGTERM or SIGHUP only asks to stop, and one that comes a second
 * later or more ends the program.  Call it while there is one thread: later threads inherit the
 * blocked signals. */
void interrupt_watch(void);
bool interrupt_requested(void);
int interrupt_signal(void); /* the first of them; 0: none came */

/* ---- pipes ---- */

/* From now on a write to a closed pipe fails and does not end the program: the model is still to be
 * saved. */
void pipe_watch(void);
bool pipe_is_closed(void);

/* True if standard output is a pipe that nobody reads any more, also where SIGPIPE is ignored. */
bool output_has_no_reader(void);

/* Ends the program as SIGPIPE does: without a message, and a shell reports 141. */
void end_by_closed_pipe(void);

/* True if standard input has bytes to read; it reads none.  The writer of an empty pipe has a
 * tenth of a second to begin: a shell starts both sides of "cat data.csv | gpufit" at once. */
bool unread_input(void);

/* True if path names a pipe. */
bool is_pipe(const char *path);

/* Waits until a pipe at path has a reader, or the user asks to stop (GF_E_INTERRUPTED).  *held is
 * then an open descriptor, which keeps a writer on the pipe until the caller closes it; -1 if path
 * is not a pipe.  GF_E_CANTCREATE: the pipe cannot be opened. */
gf_status pipe_await(const char *path, int *held, gf_error *err);

/* ---- the terminal ---- */

/* True if fd is a terminal that can rewrite a line. */
bool terminal_rewrites(int fd);

/* True if the environment says that characters are UTF-8, and that the terminal has more of them
 * than Linux's console, whose fonts lack blocks. */
bool terminal_has_blocks(void);

/* The columns of the terminal fd; 80 if fd is not a terminal. */
size_t terminal_columns(int fd);

#endif
