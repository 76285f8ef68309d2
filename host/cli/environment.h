/* environment.h: variables and folders of the user's that keep OpenCL from working. */
#ifndef GF_ENVIRONMENT_H
#define GF_ENVIRONMENT_H

#include "options.h"

/* If err comes from OCL_ICD_VENDORS, from POCL_DEVICES or from a cache folder that PoCL cannot
 * write in, says which, what was found there and what helps, and returns true.  Otherwise says
 * nothing. */
bool environment_explains(const struct options *options, const gf_error *err);

/* Between these two, exit() is called by a driver only: LLVM, below PoCL, does so where its disk is
 * full.  The program then says so, and ends with the exit code of a failed OpenCL call. */
void environment_watch_exit(void);
void environment_exit_is_ours(void);

#endif
