/* activation.h: the formulas of activations in double, with a bound of the error of float
 * (bounded.h), as PyTorch computes them. */
#ifndef GF_ACTIVATION_H
#define GF_ACTIVATION_H

#include "bounded.h"
#include "network.h"

/* The value a of an activation at z, and its slope da/dz there. */
struct activated {
	struct bounded value, slope;
};

struct activated activation_at(const struct hidden *hidden, struct bounded z);

#endif
