/* forward.h: outputs on the host, in floats and in the order of sums that the devices keep to. */
#ifndef GF_FORWARD_H
#define GF_FORWARD_H

#include "engine.h"

/* z (rows, K) of rows [first, first + rows) at params (P), to the bits of engine_outputs on every
 * engine but the reference, which computes in double.  Worth it where the rows are few: a device
 * would build a kernel for them. */
void forward_outputs(
	const struct problem *problem, const float *params, size_t first, size_t rows, float *z);

#endif
