/* clerror.h: an OpenCL failure names the call, the object, the size and the code. */
#ifndef GF_CLERROR_H
#define GF_CLERROR_H

#include "error.h"

#include <CL/cl.h>

/* "CL_INVALID_BUFFER_SIZE"; "unknown error" where Khronos names none */
const char *clerror_name(cl_int code);

/* GF_E_OPENCL: "CALL('OBJECT'): CL_NAME (-61)"; object may be NULL. */
gf_status clerror_fail(gf_error *err, cl_int code, const char *call, const char *object);

/* clerror_fail with "('OBJECT', N bytes)". */
gf_status clerror_fail_bytes(
	gf_error *err, cl_int code, const char *call, const char *object, size_t bytes);

#endif
