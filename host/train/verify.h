/* verify.h: holds each step that an engine took against the reference. */
#ifndef GF_VERIFY_H
#define GF_VERIFY_H

#include "engine.h"

struct verifier {
	const struct problem *problem; /* borrowed */
	gf_check mode;                 /* every, ends or off */
	size_t epochs, parameters;
	struct reference_step *step; /* owned; NULL: off */
	size_t checked;
	double worst; /* largest |difference| / bound so far */
};

/* auto becomes every where that costs little beside opening a device, else ends. */
gf_status verifier_open(struct verifier *v, const struct problem *problem, const gf_config *config,
	gf_engine engine, gf_error *err);
void verifier_close(struct verifier *v);

/* Whether this epoch's step is to be recorded and checked. */
int verifier_wants(const struct verifier *v, size_t epoch);

/* GF_E_CHECK: says epoch, quantity, index, both values and the bound.  step brings its
 * parameters. */
gf_status verifier_check(struct verifier *v, const gf_step *step, gf_error *err);

#endif
