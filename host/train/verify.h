/* verify.h: holds each step that an engine took against the reference. */
#ifndef GF_VERIFY_H
#define GF_VERIFY_H

#include "engine.h"

/* A step with all that it started from and came to. */
struct taken {
	size_t epoch, step; /* within the epoch */
	struct batch batch;
	const double *rates;                    /* (RATES) */
	float loss;                             /* before it */
	const float *before, *gradient, *state; /* (P), (P), (S, P) before it */
	const float *after, *state_after;       /* (P), (S, P) */
};

struct verifier {
	const struct problem *problem; /* borrowed */
	gf_check mode;                 /* every, ends or off */
	size_t first, end;             /* steps [first, end), from the training's start on */
	size_t batches;                /* steps of an epoch */
	struct reference_step *step;   /* owned; NULL: off */
	struct engine *engine;         /* borrowed; whose steps they are; NULL: nobody asks it */
	size_t checked;
	double worst; /* largest |difference| / bound so far */
};

/* Steps [first, end), batches an epoch, are to come.  auto becomes every where that costs little
 * beside opening a device, else ends. */
gf_status verifier_open(struct verifier *v, const struct problem *problem, gf_check check,
	gf_engine engine, size_t batches, size_t first, size_t end, gf_error *err);
void verifier_close(struct verifier *v);

/* Whether that step, from the training's start, is to be recorded and checked. */
int verifier_wants(const struct verifier *v, size_t step);

/* The first such step from `step` on; SIZE_MAX: none. */
size_t verifier_next(const struct verifier *v, size_t step);

/* GF_E_CHECK: says epoch, quantity, index, both values and the bound. */
gf_status verifier_check(struct verifier *v, const struct taken *taken, gf_error *err);

#endif
