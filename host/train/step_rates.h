/* step_rates.h: the numbers of each step: learning rate, momentum, and what follows from them. */
#ifndef GF_STEP_RATES_H
#define GF_STEP_RATES_H

#include "engine.h"
#include "schedule.h"

struct step_rates {
	const gf_config *config;       /* borrowed, resolved */
	const struct problem *problem; /* borrowed */
	struct schedule schedule;
	size_t batches;       /* steps of an epoch */
	size_t constant_from; /* later steps differ in their batch alone; SIZE_MAX: never */
	int constant;         /* every step's rates are the first one's */
};

/* How config's optimiser moves parameters. */
struct update step_rates_update(const gf_config *config, const struct schedule *schedule);

/* rows: of an epoch.  GF_E_USAGE: a schedule that is over before the training is. */
gf_status step_rates_new(struct step_rates *r, const gf_config *config,
	const struct problem *problem, size_t rows, gf_error *err);

/* Whether a step's rates are those of the step before it, given as many rows. */
static inline int step_rates_repeats(const struct step_rates *r, size_t step)
{
	return step > r->constant_from;
}

/* rates (RATES) of a step, counted from the training's start. */
void step_rates_of(const struct step_rates *r, size_t epoch, size_t step, const struct batch *batch,
	double *rates);

#endif
