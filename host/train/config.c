/* config.c: the defaults of a configuration, and what it may be as far as that is known without
 * data.  Names, defaults and refusals are PyTorch's (torch.optim, torch.nn), where it has them. */
#include "config.h"
#include "catalog.h"
#include "error.h"
#include "schedule.h"

#include <float.h>

void gf_config_default(gf_config *config)
{
	if (!config)
		return;
	*config = (gf_config){.delta = 1.0,
		.beta = 1.0,
		.epsilon = 0.1,
		.quantile = 0.5,
		.lr = GF_DEFAULT,
		.weight_decay = GF_DEFAULT,
		.betas = {0.9, 0.999},
		.eps = GF_DEFAULT,
		.alpha = 0.99,
		.epochs = 5000,
		.output_rows = 10};
}

/* Learning rates are torch.optim's, but sgd's, which is the notebook's. */
static const struct defaults {
	double lr, weight_decay, eps;
} DEFAULTS[GF_OPTIMIZERS] = {
	[GF_OPTIMIZER_sgd] = {0.01, 0.0, 0.0},
	[GF_OPTIMIZER_adam] = {0.001, 0.0, 1e-8},
	[GF_OPTIMIZER_adamw] = {0.001, 0.01, 1e-8},
	[GF_OPTIMIZER_rmsprop] = {0.01, 0.0, 1e-8},
	[GF_OPTIMIZER_adagrad] = {0.01, 0.0, 1e-10},
};

static void resolve(double *value, double standard)
{
	if (isnan(*value))
		*value = standard;
}

void config_resolve(gf_config *config)
{
	const struct defaults *d = &DEFAULTS[config->optimizer];

	resolve(&config->lr, d->lr);
	resolve(&config->weight_decay, d->weight_decay);
	resolve(&config->eps, d->eps);
}

/* ---- what each member may be ---- */

enum range { ABOVE_ZERO, ZERO_OR_ABOVE, UP_TO_ONE, ZERO_TO_ONE, INSIDE_ZERO_ONE, SHARE };

static const char *const WANTED[] = {
	[ABOVE_ZERO] = "a number above 0",
	[ZERO_OR_ABOVE] = "0 or a number above",
	[UP_TO_ONE] = "a number from 0 to 1",
	[ZERO_TO_ONE] = "a number from 0 on, below 1",
	[INSIDE_ZERO_ONE] = "a number above 0 and below 1",
	[SHARE] = "a share of the rows, from 0 on, below 1",
};

static int in_range(double value, enum range range)
{
	switch (range) {
	case ABOVE_ZERO:
		return value > 0.0;
	case ZERO_OR_ABOVE:
		return value >= 0.0;
	case UP_TO_ONE:
		return value >= 0.0 && value <= 1.0;
	case ZERO_TO_ONE:
	case SHARE:
		return value >= 0.0 && value < 1.0;
	case INSIDE_ZERO_ONE:
		return value > 0.0 && value < 1.0;
	}
	return 0;
}

struct number {
	const char *name;
	double value;
	enum range range;
};

/* Also what a float would make 0 or infinite of. */
static gf_status check_number(const struct number *n, gf_error *err)
{
	if (!in_range(n->value, n->range) || n->value > (double)FLT_MAX)
		return gf_fail(err, GF_E_USAGE, "%s is %g; wanted: %s", n->name, n->value,
			WANTED[n->range]);
	if (n->value != 0.0 && n->value < (double)FLT_MIN)
		return gf_fail(err, GF_E_USAGE, "%s is %g, which is 0 in float", n->name, n->value);
	return GF_OK;
}

static gf_status check_numbers(const gf_config *c, gf_error *err)
{
	const struct number numbers[] = {
		{"lr", c->lr, ABOVE_ZERO},
		{"delta", c->delta, ABOVE_ZERO},
		{"beta", c->beta, ZERO_OR_ABOVE},
		{"epsilon", c->epsilon, ZERO_OR_ABOVE},
		{"quantile", c->quantile, INSIDE_ZERO_ONE},
		{"label_smoothing", c->label_smoothing, ZERO_TO_ONE},
		{"momentum", c->momentum, ZERO_OR_ABOVE},
		{"weight_decay", c->weight_decay, ZERO_OR_ABOVE},
		{"betas[0]", c->betas[0], ZERO_TO_ONE},
		{"betas[1]", c->betas[1], ZERO_TO_ONE},
		{"eps", c->eps, ZERO_OR_ABOVE},
		{"alpha", c->alpha, UP_TO_ONE},
		{"lr_decay", c->lr_decay, ZERO_OR_ABOVE},
		{"l1", c->l1, ZERO_OR_ABOVE},
		{"l2", c->l2, ZERO_OR_ABOVE},
		{"clip_norm", c->clip_norm, ZERO_OR_ABOVE},
		{"clip_value", c->clip_value, ZERO_OR_ABOVE},
		{"validation", c->validation, SHARE},
		{"min_delta", c->min_delta, ZERO_OR_ABOVE},
		{"tolerance", c->tolerance, ZERO_OR_ABOVE},
	};
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < sizeof numbers / sizeof *numbers && !status; i++)
		status = check_number(&numbers[i], err);
	return status;
}

static gf_status check_words(const gf_config *c, gf_error *err)
{
	const struct {
		const char *name;
		size_t value, count;
	} words[] = {
		{"engine", c->engine, GF_ENGINES},
		{"kernels", c->kernels, GF_KERNEL_FAMILIES},
		{"loss", c->loss, GF_LOSSES},
		{"optimizer", c->optimizer, GF_OPTIMIZERS},
		{"schedule_per", c->schedule_per, GF_SCHEDULE_PERS},
		{"class_weight", c->class_weight, GF_CLASS_WEIGHTS},
		{"init", c->init, GF_INITS},
		{"check", c->check, GF_CHECKS},
	};
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].value >= words[i].count)
			return gf_fail(err, GF_E_USAGE, "%s is %zu, which is none of its %zu words",
				words[i].name, words[i].value, words[i].count);
	return GF_OK;
}

/* ---- what they may be together ---- */

static gf_status check_agreement(const gf_config *c, gf_error *err)
{
	if (!isfinite(c->dampening) || fabs(c->dampening) > (double)FLT_MAX)
		return gf_fail(err, GF_E_USAGE, "dampening is %g; wanted: a number", c->dampening);
	if (c->nesterov && (c->momentum <= 0.0 || c->dampening != 0.0))
		return gf_fail(err, GF_E_USAGE,
			"nesterov momentum requires a momentum and zero dampening");
	if (c->tolerance > 0.0 && c->batch_size)
		return gf_fail(err, GF_E_USAGE,
			"tolerance: it looks at the gradient of all rows; wanted: no batch_size");
	if (c->tolerance > 0.0 && c->l1 > 0.0)
		return gf_fail(err, GF_E_USAGE,
			"tolerance: with l1 the gradient need not become small; "
			"wanted: one of them");
	if (c->clip_norm > 0.0 && c->clip_value > 0.0)
		return gf_fail(err, GF_E_USAGE,
			"clip_norm and clip_value: one of them; the result would depend on "
			"which goes first");
	if (c->validation > 0.0 && c->validation_data)
		return gf_fail(err, GF_E_USAGE,
			"validation: a share of the rows or rows of their own, not both");
	if (c->class_weight == GF_CLASS_WEIGHT_balanced && !loss_takes_classes(c->loss))
		return gf_fail(err, GF_E_USAGE, "class_weight: loss %s has no classes",
			loss_word(c->loss));
	if (c->engine == GF_ENGINE_reference && c->kernels != GF_KERNELS_auto)
		return gf_fail(err, GF_E_USAGE, "kernels: engine reference has none");
	if (c->checkpoint_every && !c->checkpoint)
		return gf_fail(err, GF_E_USAGE, "checkpoint_every: there is no checkpoint");
	return GF_OK;
}

gf_status gf_config_check(const gf_config *config, gf_error *err)
{
	gf_config resolved;
	struct schedule schedule;
	gf_status status;

	error_clear(err);
	if (!config)
		return GF_OK;
	resolved = *config;
	status = check_words(config, err);
	if (status)
		return status;
	config_resolve(&resolved);
	status = check_numbers(&resolved, err);
	if (!status)
		status = check_agreement(&resolved, err);
	return status ? status : schedule_parse(&schedule, &resolved, err);
}
