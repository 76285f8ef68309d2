/*
 * rates.cl: the numbers that an update needs for one step, beside gradient and state.
 *
 * host/engine/engine.h has the same names in the same order, and says what each optimiser takes
 * them for.
 */
#ifndef RATES_CL
#define RATES_CL

enum rate {
	RATE_SCALE,   /* 1/M of the batch */
	RATE_LR,      /* step size */
	RATE_KEEP,    /* of the first moment: momentum, beta1 */
	RATE_FRESH,   /* what the gradient adds to it */
	RATE_KEEP2,   /* of the second moment: beta2, alpha */
	RATE_FRESH2,  /* what the squared gradient adds to it */
	RATE_ROOT,    /* factor of the root of the second moment */
	RATE_DECAY,   /* weight decay; adamw: the factor that is left, 1 - lr wd */
	RATE_EPS,     /* added to that root */
	RATE_SHRINK,  /* lr l1: what the proximal step takes off a weight */
	RATE_L2,      /* l2; of MAXIMIZE -l2, as the sign turns after it */
	RATE_CLIP,    /* largest norm, or value */
	RATE_AVERAGE, /* 1 / how many steps the average has, this one included */
	RATES = 16
};

#endif
