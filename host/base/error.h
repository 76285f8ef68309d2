/* error.h: how a function says what went wrong, once, at the first cause. */
#ifndef GF_ERROR_H
#define GF_ERROR_H

#include "gpufitcl.h"

/* Fills *err (when not NULL and not already filled) and returns status. */
gf_status gf_fail(gf_error *err, gf_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* GF_E_MEMORY: "cannot allocate N bytes for WHAT" */
gf_status gf_fail_memory(gf_error *err, size_t bytes, const char *what);

/* clang's analyser does not see into them: that they never return GF_OK is said here. */
#ifdef __clang_analyzer__
#define gf_fail(err, status, ...)        (gf_fail(err, status, __VA_ARGS__), (status))
#define gf_fail_memory(err, bytes, what) (gf_fail_memory(err, bytes, what), GF_E_MEMORY)
#endif

#endif
