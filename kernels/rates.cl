/*
 * rates.cl: the numbers that the update of one step needs besides gradient and state.
 *
 * host/engine/engine.h has the same names in the same order, and says how each optimiser uses them.
 */
#ifndef RATES_CL
#define RATES_CL

enum rate {
	RATE_SCALE,   /* 1/M of the batch */
	RATE_LR,      /* step size */
	RATE_KEEP,    /* decay of the first moment: momentum, beta1 */
	RATE_FRESH,   /* factor of the gradient in the first moment */
	RATE_KEEP2,   /* decay of the second moment: beta2, alpha */
	RATE_FRESH2,  /* factor of the squared gradient in the second moment */
	RATE_ROOT,    /* factor of the second moment's square root */
	RATE_DECAY,   /* weight decay wd; for adamw 1 - lr wd */
	RATE_EPS,     /* added to that square root */
	RATE_SHRINK,  /* lr l1: amount by which the proximal step shrinks a weight */
	RATE_L2,      /* l2; -l2 for MAXIMIZE, which then flips the sign */
	RATE_CLIP,    /* largest norm, or largest absolute value, of the gradient */
	RATE_AVERAGE, /* 1 / number of steps in the average, including this one */
	RATES = 16
};

#endif
