/* agree.h: what no option says wrong alone, but some do together. */
#ifndef GF_AGREE_H
#define GF_AGREE_H

#include "options.h"

/* 0, or the exit code after the sentence that says what contradicts what. */
int options_agree(const struct options *options);

#endif
