/* failure.h: an error of the library, with what the command line knows of its cause. */
#ifndef GF_FAILURE_H
#define GF_FAILURE_H

#include "options.h"

/* Says err and, where it helps, a hint; returns the exit code. */
int failure(const struct options *options, const gf_error *err);

#endif
