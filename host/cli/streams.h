/* streams.h: data on standard input that nobody asked for, and a pipe as output, whose reader may be
 * long in coming. */
#ifndef GF_STREAMS_H
#define GF_STREAMS_H

#include "gpufitcl.h"

#include <stdbool.h>

/* Are there bytes to be read on standard input?  Takes none of them.  Where a pipe is empty but may
 * be written to, its writer has a tenth of a second to begin: "cat data.csv | gpufit" starts both
 * at once. */
bool unread_input(void);

/* Where path is a pipe: waits until somebody reads it, or until a signal asks to stop.  *held is
 * then open, so that the pipe has a writer until it is closed; else -1.  GF_E_INTERRUPTED. */
gf_status pipe_await(const char *path, int *held, gf_error *err);

#endif
