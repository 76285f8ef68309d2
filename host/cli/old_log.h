/* old_log.h: the log that a resumed training goes on with. */
#ifndef GF_OLD_LOG_H
#define GF_OLD_LOG_H

#include "gpufitcl.h"

#include <stdio.h>

/* Is every line of an epoch, and each of the one after the line before?  The last one may be cut
 * off.  No file is fine.  GF_E_DATA, GF_E_IO. */
gf_status old_log_check(const char *path, gf_error *err);

/* Copies the lines of epochs below end to a file; *copied is the epoch after the last of them, end
 * where there are none.  GF_E_IO: of reading; the caller's file keeps its own mark. */
gf_status old_log_copy(const char *path, size_t end, FILE *to, size_t *copied, gf_error *err);

#endif
