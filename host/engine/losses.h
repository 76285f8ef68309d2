/*
 * losses.h: each loss of kernels/loss.cl by its textbook formula, in double, and how an error of
 * its input grows in it.
 */
#ifndef GF_LOSSES_H
#define GF_LOSSES_H

#include "gpufitcl.h"

#define FLOAT_ROUNDING \
	0x1p-24 /* u: half an ulp of 1.0f; a rounded float operation errs by at most u */

struct loss_formula {
	const char *word;
	double (*value)(double z, double y);
	double (*slope)(double z, double y); /* dvalue/dz */
	/* How far the kernel's value and slope may be from those at z, when its own z errs
	 * by at most e. */
	double (*value_error)(double z, double y, double e);
	double (*slope_error)(double z, double y, double e);
};

extern const struct loss_formula loss_formulas[GF_LOSSES];

#endif
