/* config.c: the defaults of a configuration, and the checks that need no data.  Names, defaults and
 * refusals are those of torch.optim and torch.nn, as far as they have the option. */
#include "config.h"
#include "catalog.h"
#include "class_weights.h"
#include "error.h"
#include "network.h"
#include "schedule.h"
#include "statistics.h"

#include <float.h>

void gf_config_default(gf_config *config)
{
	if (!config)
		return;
	*config = (gf_config){.negative_slope = HIDDEN_NEGATIVE_SLOPE,
		.delta = 1.0,
		.beta = 1.0,
		.epsilon = 0.1,
		.quantile = 0.5,
		.power = 1.5,
		.lr = GF_DEFAULT,
		.weight_decay = GF_DEFAULT,
		.betas = {0.9, 0.999},
		.eps = GF_DEFAULT,
		.alpha = 0.99,
		.epochs = 5000,
		.output_rows = 10};
}

static void set_default(double *value, double standard)
{
	if (isnan(*value)) /* GF_DEFAULT */
		*value = standard;
}

void config_resolve(gf_config *config)
{
	const struct optimizer *o = optimizer_of(config->optimizer);

	set_default(&config->lr, o->lr);
	set_default(&config->weight_decay, o->weight_decay);
	set_default(&config->eps, o->eps);
}

struct hidden config_hidden(const gf_config *config)
{
	struct hidden hidden = {
		.activation = config->activation, .negative_slope = config->negative_slope};

	for (; hidden.count < GF_HIDDEN_LAYERS && config->hidden[hidden.count]; hidden.count++)
		hidden.widths[hidden.count] = config->hidden[hidden.count];
	return hidden;
}

void config_tell(const gf_config *config, gf_phase phase, uint64_t done, uint64_t total)
{
	const gf_progress progress = {.phase = phase, .done = done, .total = total};

	if (config->on_progress)
		config->on_progress(&progress, config->user);
}

int config_is_smooth(const gf_config *config)
{
	const int has_kink = loss_of(config->loss)->has_kink ||
			     (config->loss == GF_LOSS_smooth_l1 && config->beta == 0.0);

	return !has_kink && config->l1 == 0.0;
}

/* ---- each member by itself ---- */

struct number {
	const char *name;
	double value;
	enum range range;
	const char *wanted; /* NULL: the words of the range */
};

/* Refuses also numbers that become 0 or infinite in float. */
static gf_status check_number(const struct number *n, gf_error *err)
{
	if (!range_has(n->range, n->value) || fabs(n->value) > (double)FLT_MAX)
		return gf_fail(err, GF_E_USAGE, "%s is %g; wanted: %s", n->name, n->value,
			n->wanted ? n->wanted : range_words(n->range));
	if (n->value != 0.0 && fabs(n->value) < (double)FLT_MIN)
		return gf_fail(err, GF_E_USAGE, "%s is %g, which is 0 in float", n->name, n->value);
	return GF_OK;
}

static gf_status check_numbers(const gf_config *c, gf_error *err)
{
	const struct number numbers[] = {
		{"lr", c->lr, RANGE_ABOVE_ZERO, NULL},
		{"negative_slope", c->negative_slope, RANGE_ANY, NULL},
		{"delta", c->delta, RANGE_ABOVE_ZERO, NULL},
		{"beta", c->beta, RANGE_ZERO_OR_ABOVE, NULL},
		{"epsilon", c->epsilon, RANGE_ZERO_OR_ABOVE, NULL},
		{"quantile", c->quantile, RANGE_INSIDE, NULL},
		{"label_smoothing", c->label_smoothing, RANGE_BELOW_ONE, NULL},
		{"power", c->power, RANGE_ONE_TO_TWO, NULL},
		{"dampening", c->dampening, RANGE_ANY, NULL},
		{"momentum", c->momentum, RANGE_ZERO_OR_ABOVE, NULL},
		{"weight_decay", c->weight_decay, RANGE_ZERO_OR_ABOVE, NULL},
		{"betas[0]", c->betas[0], RANGE_BELOW_ONE, NULL},
		{"betas[1]", c->betas[1], RANGE_BELOW_ONE, NULL},
		{"eps", c->eps, RANGE_ZERO_OR_ABOVE, NULL},
		{"alpha", c->alpha, RANGE_ZERO_TO_ONE, NULL},
		{"lr_decay", c->lr_decay, RANGE_ZERO_OR_ABOVE, NULL},
		{"l1", c->l1, RANGE_ZERO_OR_ABOVE, NULL},
		{"l2", c->l2, RANGE_ZERO_OR_ABOVE, NULL},
		{"clip_norm", c->clip_norm, RANGE_ZERO_OR_ABOVE, NULL},
		{"clip_value", c->clip_value, RANGE_ZERO_OR_ABOVE, NULL},
		{"validation", c->validation, RANGE_BELOW_ONE,
			"a share of the rows, from 0 on, below 1"},
		{"min_delta", c->min_delta, RANGE_ZERO_OR_ABOVE, NULL},
		{"tolerance", c->tolerance, RANGE_ZERO_OR_ABOVE, NULL},
		{"statistics", c->statistics, RANGE_BELOW_ONE, "a level, from 0 on, below 1"},
	};
	size_t i;

	for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
		TRY(check_number(&numbers[i], err));
	return GF_OK;
}

static gf_status check_words(const gf_config *c, gf_error *err)
{
	const struct {
		const char *name;
		size_t value, count;
	} words[] = {
		{"engine", c->engine, GF_ENGINE_COUNT},
		{"kernels", c->kernels, GF_KERNELS_COUNT},
		{"activation", c->activation, GF_ACTIVATION_COUNT},
		{"loss", c->loss, GF_LOSS_COUNT},
		{"optimizer", c->optimizer, GF_OPTIMIZER_COUNT},
		{"schedule_per", c->schedule_per, GF_SCHEDULE_PER_COUNT},
		{"class_weight", c->class_weight, GF_CLASS_WEIGHT_COUNT},
		{"init", c->init, GF_INIT_COUNT},
		{"shuffle", (size_t)c->shuffle, GF_SHUFFLE_COUNT},
		{"check", c->check, GF_CHECK_COUNT},
	};
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].value >= words[i].count)
			return gf_fail(err, GF_E_USAGE, "%s is %zu, which is none of its %zu words",
				words[i].name, words[i].value, words[i].count);
	return GF_OK;
}

/* ---- hidden layers ---- */

static gf_status check_widths(const gf_config *c, gf_error *err)
{
	const size_t count = config_hidden(c).count;
	size_t i;

	for (i = count; i < GF_HIDDEN_LAYERS; i++)
		if (c->hidden[i])
			return gf_fail(err, GF_E_USAGE,
				"hidden[%zu] is %zu, but the layers end with hidden[%zu], which is "
				"0",
				i, c->hidden[i], count);
	return GF_OK;
}

/* Refuses what a network with hidden layers does not have, with the reason. */
static gf_status check_hidden(const gf_config *c, gf_error *err)
{
	TRY(check_widths(c, err));
	if (config_hidden(c).count == 0)
		return GF_OK;
	if (c->lr_auto)
		return gf_fail(err, GF_E_USAGE,
			"lr auto: the largest curvature of a loss with hidden layers changes with "
			"the parameters, so no single lr follows from it; wanted: a number");
	if (c->engine == GF_ENGINE_moments)
		return gf_fail(err, GF_E_USAGE,
			"engine moments: its sums of products give the gradient of a linear model "
			"only; wanted: another engine, or no hidden layers");
	if (!c->init_model && c->init == GF_INIT_zeros)
		return gf_fail(err, GF_E_USAGE,
			"init zeros: with parameters of 0 all units of a hidden layer have the "
			"same gradient, and stay the same in each step; wanted: init pytorch or a "
			"model");
	if (!c->init_model && c->init == GF_INIT_notebook)
		return gf_fail(err, GF_E_USAGE,
			"init notebook: the notebook's start is for a linear model; wanted: init "
			"pytorch or a model");
	return GF_OK;
}

/* ---- members that contradict each other ---- */

static gf_status check_agreement(const gf_config *c, gf_error *err)
{
	if (c->nesterov && (c->momentum <= 0.0 || c->dampening != 0.0))
		return gf_fail(err, GF_E_USAGE,
			"nesterov momentum requires a momentum and zero dampening");
	if (c->tolerance > 0.0 && c->batch_size)
		return gf_fail(err, GF_E_USAGE,
			"tolerance: it compares the gradient of all rows; wanted: no batch_size");
	if (c->clip_norm > 0.0 && c->clip_value > 0.0)
		return gf_fail(err, GF_E_USAGE,
			"clip_norm and clip_value: one of them; the result would depend on "
			"which goes first");
	if (c->validation > 0.0 && c->validation_data)
		return gf_fail(err, GF_E_USAGE,
			"validation: a share of the rows or rows of their own, not both");
	if (c->class_weight == GF_CLASS_WEIGHT_balanced && c->class_weights)
		return gf_fail(
			err, GF_E_USAGE, "class_weight: balanced, or weights by name, not both");
	if ((c->class_weight == GF_CLASS_WEIGHT_balanced || c->class_weights) &&
		!loss_takes_classes(c->loss))
		return gf_fail(err, GF_E_USAGE, "class_weight: loss %s has no classes",
			loss_word(c->loss));
	if (c->class_weights)
		TRY(class_weights_check(c->class_weights, err));
	if (c->engine == GF_ENGINE_reference && c->kernels != GF_KERNELS_auto)
		return gf_fail(err, GF_E_USAGE, "kernels: engine reference has none");
	if (c->engine == GF_ENGINE_reference && c->memory_limit)
		return gf_fail(err, GF_E_USAGE,
			"memory_limit: engine reference has no device; wanted: another engine");
	if (c->checkpoint_every && !c->checkpoint)
		return gf_fail(err, GF_E_USAGE, "checkpoint_every: there is no checkpoint");
	return GF_OK;
}

gf_status gf_config_check(const gf_config *config, gf_error *err)
{
	gf_config resolved;
	struct schedule schedule;

	error_clear(err);
	if (!config)
		return GF_OK;
	resolved = *config;
	TRY(check_words(config, err));
	config_resolve(&resolved);
	TRY(check_numbers(&resolved, err));
	TRY(check_hidden(&resolved, err));
	TRY(check_agreement(&resolved, err));
	TRY(statistics_check_config(&resolved, err));
	return schedule_parse(&schedule, &resolved, err);
}
