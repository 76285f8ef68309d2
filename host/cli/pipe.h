/* pipe.h: a pipe as output, whose reader may be long in coming. */
#ifndef GF_PIPE_H
#define GF_PIPE_H

#include "gpufitcl.h"

/* Where path is a pipe: waits until somebody reads it, or until a signal asks to stop.  *held is
 * then open, so that the pipe has a writer until it is closed; else -1.  GF_E_INTERRUPTED. */
gf_status pipe_await(const char *path, int *held, gf_error *err);

#endif
