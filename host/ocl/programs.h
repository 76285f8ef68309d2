/* programs.h: the programs that were built in one OpenCL context: the same options, the same
 * program. */
#ifndef GF_PROGRAMS_H
#define GF_PROGRAMS_H

#include "error.h"

#include <CL/cl.h>

struct programs;

/* GF_E_MEMORY */
gf_status programs_new(struct programs **programs, gf_error *err);

/* One user more of what another device has built in the same context. */
struct programs *programs_share(struct programs *programs);

/* One user less; with the last one the programs are released.  programs may be NULL. */
void programs_release(struct programs *programs);

/* NULL: none has been built with these options. */
cl_program programs_find(const struct programs *programs, const char *options);

/* Takes over the program, which is released even on a failure.  GF_E_MEMORY */
gf_status programs_add(
	struct programs *programs, const char *options, cl_program program, gf_error *err);

#endif
