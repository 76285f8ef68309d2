/* foreign.h: files that are told by their first bytes to be of a format that is not read. */
#ifndef GF_FOREIGN_H
#define GF_FOREIGN_H

#include "gpufitcl.h"

#include <stddef.h>

/* GF_OK, or GF_E_DATA: "d.zst: zstd's compressed data; zstd -dc d.zst | gpufit - reads them". */
gf_status foreign_check(const char *bytes, size_t count, const char *name, gf_error *err);

#endif
