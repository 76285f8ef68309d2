#include "step_rates.h"
#include "catalog.h"
#include "train_data.h"

#include <math.h>
#include <string.h>

/* ---- the numbers of a step, optimiser by optimiser ---- */

/* What the rates of a step are computed from. */
struct step_time {
	const gf_config *config;
	double momentum; /* or the first of betas */
	double t;        /* the step, counted from 1 */
};

/* Sets what the optimiser has of its own; RATE_LR, RATE_DECAY and RATE_EPS hold lr, weight_decay
 * and eps. */
typedef void own_rates(const struct step_time *m, double *rates);

/* The first step, counted from 0, from which on they are the same; SIZE_MAX: never. */
typedef size_t own_constant_from(const gf_config *c);

static void sgd_rates(const struct step_time *m, double *rates)
{
	rates[RATE_KEEP] = m->momentum;
	rates[RATE_FRESH] = m->t > 1.0 ? 1.0 - m->config->dampening : 1.0;
}

static size_t sgd_constant_from(const gf_config *c)
{
	return c->momentum == 0.0 || c->dampening == 0.0 ? 0 : 1;
}

static void adam_rates(const struct step_time *m, double *rates)
{
	const double beta1 = m->momentum, beta2 = m->config->betas[1];

	rates[RATE_LR] /= 1.0 - pow(beta1, m->t);
	rates[RATE_KEEP] = beta1;
	rates[RATE_FRESH] = 1.0 - beta1;
	rates[RATE_KEEP2] = beta2;
	rates[RATE_FRESH2] = 1.0 - beta2;
	rates[RATE_ROOT] = 1.0 / sqrt(1.0 - pow(beta2, m->t));
}

/* The first step t, counted from 1, at which 1 - beta^t is 1 in double: a power below 2^-54 leaves
 * no trace in it. */
static double faded(double beta)
{
	return beta > 0.0 ? 55.0 * log(2.0) / -log(beta) : 1.0;
}

static size_t adam_constant_from(const gf_config *c)
{
	const double t = fmax(faded(c->betas[0]), faded(c->betas[1]));

	return t < 0x1p53 ? (size_t)t + 1 : SIZE_MAX;
}

static void adamw_rates(const struct step_time *m, double *rates)
{
	rates[RATE_DECAY] = 1.0 - rates[RATE_LR] * m->config->weight_decay;
	adam_rates(m, rates);
}

#define adamw_constant_from adam_constant_from

static void rmsprop_rates(const struct step_time *m, double *rates)
{
	rates[RATE_KEEP] = m->momentum;
	rates[RATE_KEEP2] = m->config->alpha;
	rates[RATE_FRESH2] = 1.0 - m->config->alpha;
}

static size_t rmsprop_constant_from(const gf_config *c)
{
	(void)c;
	return 0;
}

static void adagrad_rates(const struct step_time *m, double *rates)
{
	rates[RATE_LR] /= 1.0 + (m->t - 1.0) * m->config->lr_decay;
}

static size_t adagrad_constant_from(const gf_config *c)
{
	return c->lr_decay == 0.0 ? 0 : SIZE_MAX;
}

#define ROW(word, help) {word##_rates, word##_constant_from},

static const struct {
	own_rates *set;
	own_constant_from *constant_from;
} RATES_OF[GF_OPTIMIZER_COUNT] = {GF_OPTIMIZER_LIST(ROW)};

/* ---- all of them ---- */

struct update step_rates_update(const gf_config *config, const struct schedule *schedule)
{
	const gf_optimizer o = config->optimizer;
	const int moves = config->momentum > 0.0 || schedule_moves_momentum(schedule);

	return (struct update){.optimizer = o,
		.momentum = moves && optimizer_has(o, OPTIMIZER_MOMENTUM),
		.nesterov = config->nesterov && optimizer_has(o, OPTIMIZER_NESTEROV),
		.maximize = config->maximize,
		.amsgrad = config->amsgrad && optimizer_has(o, OPTIMIZER_AMSGRAD),
		.centered = config->centered && optimizer_has(o, OPTIMIZER_CENTERED),
		.clip_norm = config->clip_norm > 0.0,
		.clip_value = config->clip_value > 0.0,
		.average = config->average,
		.no_bias = config->no_bias};
}

/* The first step from which on a step's number, its place in time and its rows change nothing. */
static size_t first_constant(const struct step_rates *r)
{
	const gf_config *c = r->config;
	const struct problem *p = r->problem;

	if (!schedule_is_constant(&r->schedule) || c->average)
		return SIZE_MAX;
	if (loss_of(p->loss)->divides_by_weights && (p->weights || p->class_weights) &&
		r->batches > 1)
		return SIZE_MAX;
	return RATES_OF[c->optimizer].constant_from(c);
}

gf_status step_rates_new(struct step_rates *r, const gf_config *config,
	const struct problem *problem, size_t rows, gf_error *err)
{
	gf_status status;

	*r = (struct step_rates){.config = config, .problem = problem};
	r->batches = (rows + problem->batch_size - 1) / problem->batch_size;
	status = schedule_parse(&r->schedule, config, err);
	if (!status)
		status = schedule_bind(&r->schedule, r->batches, config->epochs, err);
	r->constant_from = first_constant(r);
	r->constant = r->constant_from == 0 && rows % problem->batch_size == 0;
	return status;
}

/* Where all weights of a batch are 0 there is no mean: its loss counts as 0. */
void step_rates_of(const struct step_rates *r, size_t epoch, size_t step, const struct batch *batch,
	double *rates)
{
	const gf_config *c = r->config;
	const double divisor = train_data_divisor(r->problem, batch), t = (double)step + 1.0;
	const double lr = schedule_lr(&r->schedule, epoch, step);
	const struct step_time moment = {c, schedule_momentum(&r->schedule, epoch, step), t};

	memset(rates, 0, RATES * sizeof *rates);
	rates[RATE_SCALE] = divisor > 0.0 ? 1.0 / divisor : 0.0;
	rates[RATE_LR] = lr;
	rates[RATE_DECAY] = c->weight_decay;
	rates[RATE_EPS] = c->eps;
	RATES_OF[c->optimizer].set(&moment, rates);
	rates[RATE_SHRINK] = lr * c->l1;
	/* Going up the loss, the gradient's sign is turned after the penalty is in it. */
	rates[RATE_L2] = c->maximize ? -c->l2 : c->l2;
	rates[RATE_CLIP] = c->clip_norm > 0.0 ? c->clip_norm : c->clip_value;
	rates[RATE_AVERAGE] = 1.0 / t;
}
