#include "pace.h"
#include "catalog.h"
#include "material.h"

#include <math.h>
#include <string.h>

struct update pace_update(const gf_config *config, const struct schedule *schedule)
{
	const gf_optimizer o = config->optimizer;
	const int adaptive = o == GF_OPTIMIZER_adam || o == GF_OPTIMIZER_adamw;
	const int heavy = o == GF_OPTIMIZER_sgd || o == GF_OPTIMIZER_rmsprop;

	return (struct update){.optimizer = o,
		.momentum = heavy && (config->momentum > 0.0 || schedule_moves_momentum(schedule)),
		.nesterov = o == GF_OPTIMIZER_sgd && config->nesterov,
		.maximize = config->maximize,
		.amsgrad = adaptive && config->amsgrad,
		.centered = o == GF_OPTIMIZER_rmsprop && config->centered,
		.clip_norm = config->clip_norm > 0.0,
		.clip_value = config->clip_value > 0.0,
		.average = config->average,
		.no_bias = config->no_bias};
}

/* The first step t, counted from 1, at which 1 - beta^t is 1 in double: a power below 2^-54 leaves
 * no trace in it. */
static double faded(double beta)
{
	return beta > 0.0 ? 55.0 * log(2.0) / -log(beta) : 1.0;
}

/* The first step from which on a step's number, its place in time and its rows change nothing. */
static size_t steady(const struct pace *pace)
{
	const gf_config *c = pace->config;
	const struct problem *p = pace->problem;
	double t;

	if (!schedule_is_constant(&pace->schedule) || c->average)
		return SIZE_MAX;
	if (loss_divides_by_weights(p->loss) && (p->weights || p->class_weights) &&
		pace->batches > 1)
		return SIZE_MAX;
	switch (c->optimizer) {
	case GF_OPTIMIZER_sgd:
		return c->momentum == 0.0 || c->dampening == 0.0 ? 0 : 1;
	case GF_OPTIMIZER_rmsprop:
		return 0;
	case GF_OPTIMIZER_adagrad:
		return c->lr_decay == 0.0 ? 0 : SIZE_MAX;
	default:
		t = fmax(faded(c->betas[0]), faded(c->betas[1]));
		return t < 0x1p53 ? (size_t)t + 1 : SIZE_MAX;
	}
}

gf_status pace_new(struct pace *pace, const gf_config *config, const struct problem *problem,
	size_t rows, gf_error *err)
{
	gf_status status;

	*pace = (struct pace){.config = config, .problem = problem};
	pace->batches = (rows + problem->batch_size - 1) / problem->batch_size;
	status = schedule_parse(&pace->schedule, config, err);
	if (!status)
		status = schedule_bind(&pace->schedule, pace->batches, config->epochs, err);
	pace->steady = steady(pace);
	pace->stays = pace->steady == 0 && rows % problem->batch_size == 0;
	return status;
}

static void adaptive_rates(const gf_config *c, double beta1, double t, double lr, double *rates)
{
	const double beta2 = c->betas[1];

	rates[RATE_LR] = lr / (1.0 - pow(beta1, t));
	rates[RATE_KEEP] = beta1;
	rates[RATE_FRESH] = 1.0 - beta1;
	rates[RATE_KEEP2] = beta2;
	rates[RATE_FRESH2] = 1.0 - beta2;
	rates[RATE_ROOT] = 1.0 / sqrt(1.0 - pow(beta2, t));
}

static void optimizer_rates(const gf_config *c, double momentum, double t, double *rates)
{
	const double lr = rates[RATE_LR];

	rates[RATE_DECAY] = c->weight_decay;
	rates[RATE_EPS] = c->eps;
	switch (c->optimizer) {
	case GF_OPTIMIZER_sgd:
		rates[RATE_KEEP] = momentum;
		rates[RATE_FRESH] = t > 1.0 ? 1.0 - c->dampening : 1.0;
		break;
	case GF_OPTIMIZER_adamw:
		rates[RATE_DECAY] = 1.0 - lr * c->weight_decay;
		adaptive_rates(c, momentum, t, lr, rates);
		break;
	case GF_OPTIMIZER_adam:
		adaptive_rates(c, momentum, t, lr, rates);
		break;
	case GF_OPTIMIZER_rmsprop:
		rates[RATE_KEEP] = momentum;
		rates[RATE_KEEP2] = c->alpha;
		rates[RATE_FRESH2] = 1.0 - c->alpha;
		break;
	case GF_OPTIMIZER_adagrad:
		rates[RATE_LR] = lr / (1.0 + (t - 1.0) * c->lr_decay);
		break;
	case GF_OPTIMIZERS:
		break;
	}
}

/* Where all weights of a batch are 0 there is no mean: its loss counts as 0. */
void pace_rates(const struct pace *pace, size_t epoch, size_t step, const struct batch *batch,
	double *rates)
{
	const gf_config *c = pace->config;
	const double divisor = material_divisor(pace->problem, batch), t = (double)step + 1.0;
	const double lr = schedule_lr(&pace->schedule, epoch, step);

	memset(rates, 0, RATES * sizeof *rates);
	rates[RATE_SCALE] = divisor > 0.0 ? 1.0 / divisor : 0.0;
	rates[RATE_LR] = lr;
	optimizer_rates(c, schedule_momentum(&pace->schedule, epoch, step), t, rates);
	rates[RATE_SHRINK] = lr * c->l1;
	/* Going up the loss, the gradient's sign is turned after the penalty is in it. */
	rates[RATE_L2] = c->maximize ? -c->l2 : c->l2;
	rates[RATE_CLIP] = c->clip_norm > 0.0 ? c->clip_norm : c->clip_value;
	rates[RATE_AVERAGE] = 1.0 / t;
}
