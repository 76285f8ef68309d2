/* check_options.h: rejects options that contradict each other, and files in each other's way. */
#ifndef GF_CHECK_OPTIONS_H
#define GF_CHECK_OPTIONS_H

#include "options.h"

/* 0, or the exit code after the sentence that says what contradicts what. */
int options_check(const struct options *options);

#endif
