/* error.h: how a function reports an error: once, where it is found. */
#ifndef GF_ERROR_H
#define GF_ERROR_H

#include "gpufitcl.h"

/* Sets *err to status and the message, and returns status.  Leaves *err alone if it has an earlier
 * error; err may be NULL. */
gf_status gf_fail(gf_error *err, gf_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Removes what an earlier call left in *err, which would otherwise count as the first error.  Every
 * public function that takes a gf_error calls it first.  err may be NULL. */
void error_clear(gf_error *err);

/* Returns 1 if argument is NULL, and sets *err to GF_E_USAGE: "gf_fit: data must not be NULL". */
int error_null(const void *argument, const char *name, const char *function, gf_error *err);

#define ERROR_NULL(argument, err) error_null(argument, #argument, __func__, err)

/* Fails with GF_E_MEMORY: "cannot allocate N bytes for WHAT". */
gf_status gf_fail_memory(gf_error *err, size_t bytes, const char *what);

/* Returns from the function with what the call returned, unless it is GF_OK.  A function that has
 * something to free keeps the status instead, and goes to its end. */
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
