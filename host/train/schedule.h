/*
 * schedule.h: the learning rate of each step, as torch.optim.lr_scheduler has it.
 *
 * A schedule has a position t: how many times it was advanced, once an epoch or once a step.  At
 * each step the rate is the schedule's at t, times (step + 1) / warmup during the first warmup
 * steps.
 */
#ifndef GF_SCHEDULE_H
#define GF_SCHEDULE_H

#include "gpufitcl.h"

enum { SCHEDULE_MILESTONES = 64 };

struct schedule {
	int given; /* 0: the rate stays as it is */
	gf_schedule word;
	int per_step;        /* 0: advances once an epoch */
	double lr, momentum; /* before any schedule; of adam, momentum is betas[0] */
	size_t warmup;

	/* Its parameters; what another word has is 0. */
	double gamma, eta_min, start_factor, end_factor, factor, power, max_lr, pct_start,
		base_momentum, max_momentum, div_factor, final_div_factor, threshold, min_lr, eps;
	size_t step_size, t_max, t_0, t_mult, total_iters, total_steps, patience, cooldown;
	size_t milestones[SCHEDULE_MILESTONES], milestone_count;
	int anneal_linear, cycle_momentum, three_phase, threshold_abs;

	int maximize; /* plateau: a larger loss is better (PyTorch's mode max) */

	/* State of plateau, the only word that has one.  best: with maximize, of -loss. */
	double plateau_lr, best;
	size_t bad, cooling;
};

/* Reads config->schedule, whose other members are resolved (config.h).
 * GF_E_USAGE: no such word or parameter, or a value that cannot be, with what was wanted. */
gf_status schedule_parse(struct schedule *schedule, const gf_config *config, gf_error *err);

/* Once steps an epoch are known: one_cycle's total_steps, where it was not given.
 * GF_E_USAGE: training takes more steps than total_steps has (PyTorch raises there). */
gf_status schedule_bind(
	struct schedule *schedule, size_t steps_per_epoch, size_t epochs, gf_error *err);

/* The learning rate of that step in that epoch; both count from 0, from the training's start. */
double schedule_lr(const struct schedule *schedule, size_t epoch, size_t step);

/* momentum (sgd, rmsprop) or betas[0] of that step: only one_cycle moves it. */
double schedule_momentum(const struct schedule *schedule, size_t epoch, size_t step);

/* Whether it is one that moves momentum, from max_momentum down and up again: the optimiser then
 * has one, also where the configuration's is 0. */
int schedule_moves_momentum(const struct schedule *schedule);

/* Whether lr and momentum are the same at every step. */
int schedule_is_constant(const struct schedule *schedule);

/* plateau: tells it the loss that an epoch ended with (val_loss where there is one). */
void schedule_epoch(struct schedule *schedule, double loss);

#endif
