/* pace.h: the numbers of each step: learning rate, momentum, and what follows from them. */
#ifndef GF_PACE_H
#define GF_PACE_H

#include "engine.h"
#include "schedule.h"

struct pace {
	const gf_config *config;       /* borrowed, resolved */
	const struct problem *problem; /* borrowed */
	struct schedule schedule;
	size_t batches; /* steps of an epoch */
	size_t steady;  /* steps from that one on differ in their batch alone; SIZE_MAX: never */
	int stays;      /* every step's rates are the first one's */
};

/* How config's optimiser moves parameters. */
struct update pace_update(const gf_config *config, const struct schedule *schedule);

/* rows: of an epoch.  GF_E_USAGE: a schedule that is over before the training is. */
gf_status pace_new(struct pace *pace, const gf_config *config, const struct problem *problem,
	size_t rows, gf_error *err);

/* Whether a step's rates are those of the step before it, given as many rows. */
static inline int pace_repeats(const struct pace *pace, size_t step)
{
	return step > pace->steady;
}

/* rates (RATES) of a step, counted from the training's start. */
void pace_rates(const struct pace *pace, size_t epoch, size_t step, const struct batch *batch,
	double *rates);

#endif
