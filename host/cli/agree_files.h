/* agree_files.h: no file is read twice that can be read once, and none is lost by being written. */
#ifndef GF_AGREE_FILES_H
#define GF_AGREE_FILES_H

#include "options.h"

/* 0, or the exit code after the sentence that says which files are in each other's way. */
int files_agree(const struct options *options);

#endif
