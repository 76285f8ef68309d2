/*
 * schedule.h: the numbers of each step: its learning rate, as in torch.optim.lr_scheduler, its
 * momentum, and what an optimiser computes from them.
 *
 * A schedule has a position t: the number of times it advanced, once an epoch or once a step.  The
 * rate of a step is the schedule's rate at t, times (step + 1) / warmup during the first warmup
 * steps.
 */
#ifndef GF_SCHEDULE_H
#define GF_SCHEDULE_H

#include "problem.h"
#include "gpufitcl.h"

enum { SCHEDULE_MILESTONES = 64 };

/* What plateau remembers from one epoch to the next. */
struct plateau {
	double lr, best;     /* with maximize, best is the best -loss */
	size_t bad, cooling; /* epochs without improvement; epochs of cooldown left */
};

struct schedule {
	int given; /* 0: no schedule, so the rate is lr */
	gf_schedule word;
	int per_step;        /* 0: advances once an epoch */
	double lr, momentum; /* from the options; adam's momentum is betas[0] */
	size_t warmup;

	/* Its parameters; 0 for those of other words. */
	double gamma, eta_min, start_factor, end_factor, factor, power, max_lr, pct_start,
		base_momentum, max_momentum, div_factor, final_div_factor, threshold, min_lr, eps;
	size_t step_size, t_max, t_0, t_mult, total_iters, total_steps, patience, cooldown;
	size_t milestones[SCHEDULE_MILESTONES], milestone_count;
	int anneal_linear, cycle_momentum, three_phase, threshold_abs;

	int maximize; /* plateau: a larger loss is better (PyTorch's mode max) */

	struct plateau plateau; /* the only word that has a state */
};

/* Parses config->schedule; the other members of config are resolved (config.h).
 * GF_E_USAGE: an unknown word or parameter, or an impossible value; says what was wanted. */
gf_status schedule_parse(struct schedule *schedule, const gf_config *config, gf_error *err);

/* Gives one_cycle its default total_steps, which needs the steps of an epoch.
 * GF_E_USAGE: the training takes more steps than total_steps (PyTorch raises an error there). */
gf_status schedule_bind(
	struct schedule *schedule, size_t steps_per_epoch, size_t epochs, gf_error *err);

/* Returns the learning rate of a step.  epoch and step count from 0 at the training's start. */
double schedule_lr(const struct schedule *schedule, size_t epoch, size_t step);

/* Returns the momentum of a step (sgd, rmsprop), or its betas[0]: only one_cycle changes it. */
double schedule_momentum(const struct schedule *schedule, size_t epoch, size_t step);

/* Returns 1 if the schedule moves momentum, from max_momentum down and up again.  The optimiser
 * then has momentum even if the configuration's is 0. */
int schedule_moves_momentum(const struct schedule *schedule);

/* Returns 1 if lr and momentum are the same at every step. */
int schedule_is_constant(const struct schedule *schedule);

/* plateau: records the loss of an epoch (the validation loss if there is one). */
void schedule_epoch(struct schedule *schedule, double loss);

/* ---- the rates of a step ---- */

struct step_rates {
	const gf_config *config;       /* borrowed; resolved */
	const struct problem *problem; /* borrowed */
	struct schedule schedule;
	size_t batches;       /* steps of an epoch */
	size_t constant_from; /* later steps differ by their batch only; SIZE_MAX: never */
	int constant;         /* 1: all steps have the same rates */
};

/* Returns the update that config's optimiser makes. */
struct update step_rates_update(const gf_config *config, const struct schedule *schedule);

/* rows: those of an epoch.  Returns the statuses of schedule_parse and schedule_bind. */
gf_status step_rates_new(struct step_rates *r, const gf_config *config,
	const struct problem *problem, size_t rows, gf_error *err);

/* Returns 1 if the rates of a step are those of the step before it, if both have as many rows. */
static inline int step_rates_repeats(const struct step_rates *r, size_t step)
{
	return step > r->constant_from;
}

/* Sets rates (RATES) of a step, counted from the training's start. */
void step_rates_of(const struct step_rates *r, size_t epoch, size_t step, const struct batch *batch,
	double *rates);

#endif
