/* error.h: how a function says what went wrong, once, at the first cause. */
#ifndef GF_ERROR_H
#define GF_ERROR_H

#include "gpufitcl.h"

/* Fills *err (when not NULL and not already filled) and returns status. */
gf_status gf_fail(gf_error *err, gf_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Every public function that takes a gf_error begins with this: what an earlier call left in *err
 * would otherwise pass for the first cause.  err may be NULL. */
void error_clear(gf_error *err);

/* 1 where argument is NULL, with GF_E_USAGE in *err: "gf_fit: data must not be NULL". */
int error_null(const void *argument, const char *name, const char *function, gf_error *err);

#define ERROR_NULL(argument, err) error_null(argument, #argument, __func__, err)

/* GF_E_MEMORY: "cannot allocate N bytes for WHAT" */
gf_status gf_fail_memory(gf_error *err, size_t bytes, const char *what);

/* Returns from the function with what the call returned, unless it is GF_OK.  Where something is to
 * be freed, a function keeps the status and goes to its end instead. */
#define TRY(call)                                    \
	do {                                         \
		const gf_status try_status = (call); \
		if (try_status)                      \
			return try_status;           \
	} while (0)

/* clang's analyser does not look into these functions: tell it that they never return GF_OK. */
#ifdef __clang_analyzer__
#define gf_fail(err, status, ...)        (gf_fail(err, status, __VA_ARGS__), (status))
#define gf_fail_memory(err, bytes, what) (gf_fail_memory(err, bytes, what), GF_E_MEMORY)
#endif

#endif
