/*
 * rates.h: the rates of a step (host/engine/engine.h), computed from a user's settings.
 */
#ifndef GF_RATES_H
#define GF_RATES_H

#include "problem.h"

/* Each optimiser with each of its switches. */
static const struct update UPDATES[] = {
	{.optimizer = GF_OPTIMIZER_sgd},
	{.optimizer = GF_OPTIMIZER_sgd, .momentum = 1},
	{.optimizer = GF_OPTIMIZER_sgd, .momentum = 1, .nesterov = 1},
	{.optimizer = GF_OPTIMIZER_adam},
	{.optimizer = GF_OPTIMIZER_adam, .amsgrad = 1},
	{.optimizer = GF_OPTIMIZER_adamw},
	{.optimizer = GF_OPTIMIZER_adamw, .amsgrad = 1},
	{.optimizer = GF_OPTIMIZER_rmsprop},
	{.optimizer = GF_OPTIMIZER_rmsprop, .momentum = 1},
	{.optimizer = GF_OPTIMIZER_rmsprop, .centered = 1},
	{.optimizer = GF_OPTIMIZER_rmsprop, .centered = 1, .momentum = 1},
	{.optimizer = GF_OPTIMIZER_adagrad},
};

/* The numbers of an optimiser, as gf_config names them. */
struct settings {
	double lr, momentum, dampening, weight_decay, betas[2], eps, alpha, lr_decay, l1, l2, clip;
};

/* Settings in which each number that the update uses has an effect. */
struct settings settings_of(const struct update *update);

/* rates (RATES) of step t = 1, 2, .. whose loss is a sum times scale */
void rates_of(const struct update *update, const struct settings *s, size_t t, double scale,
	double *rates);

#endif
