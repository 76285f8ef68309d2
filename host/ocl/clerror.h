/* clerror.h: errors of OpenCL calls, which name the call, the object, its size and the code. */
#ifndef GF_CLERROR_H
#define GF_CLERROR_H

#include "error.h"

#include <CL/cl.h>

/* "CL_INVALID_BUFFER_SIZE"; "unknown error" if Khronos has no name for the code. */
const char *clerror_name(cl_int code);

/* Fails with GF_E_OPENCL: "CALL('OBJECT'): CL_NAME (-61)"; object may be NULL. */
gf_status clerror_fail(gf_error *err, cl_int code, const char *call, const char *object);

/* Fails with GF_E_OPENCL: "CALL('OBJECT', N bytes): CL_NAME (-61)". */
gf_status clerror_fail_bytes(
	gf_error *err, cl_int code, const char *call, const char *object, size_t bytes);

#endif
