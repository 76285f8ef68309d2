/*
 * schedule.c: the rate of each word of GF_SCHEDULE_LIST at position t, and the rates of a step.
 *
 * PyTorch computes most rates from the rate before, so that roundings add up; these are closed
 * forms, a rounding or two from the exact rate at any t.  A new word is a line in the list and a
 * function <word>_rate here; a new parameter is a line in schedule_parse.c.  A new optimiser needs
 * <word>_rates and <word>_constant_from.
 */
#include "schedule.h"
#include "catalog.h"
#include "error.h"
#include "train_data.h"

#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

static double step_rate(const struct schedule *s, size_t t)
{
	size_t drops = t / s->step_size;

	return s->lr * pow(s->gamma, (double)drops);
}

static double multistep_rate(const struct schedule *s, size_t t)
{
	size_t drops = 0, i;

	for (i = 0; i < s->milestone_count; i++)
		drops += s->milestones[i] <= t;
	return s->lr * pow(s->gamma, (double)drops);
}

static double exponential_rate(const struct schedule *s, size_t t)
{
	return s->lr * pow(s->gamma, (double)t);
}

/* Returns a rate that falls from lr to eta_min during a period. */
static double anneal_from_lr(const struct schedule *s, size_t t, size_t period)
{
	double cosine = cos(PI * (double)t / (double)period);

	return s->eta_min + (s->lr - s->eta_min) * (1.0 + cosine) / 2.0;
}

/* Beyond t_max the rate rises again, as PyTorch's does. */
static double cosine_rate(const struct schedule *s, size_t t)
{
	size_t up = t / s->t_max % 2;
	size_t rest = t % s->t_max;

	return anneal_from_lr(s, up ? s->t_max - rest : rest, s->t_max);
}

static double cosine_restarts_rate(const struct schedule *s, size_t t)
{
	size_t period = s->t_0;

	if (s->t_mult == 1)
		return anneal_from_lr(s, t % period, period);
	while (t >= period) {
		t -= period;
		period = period > SIZE_MAX / s->t_mult ? SIZE_MAX : period * s->t_mult;
	}
	return anneal_from_lr(s, t, period);
}

static double linear_rate(const struct schedule *s, size_t t)
{
	double share = t < s->total_iters ? (double)t / (double)s->total_iters : 1.0;

	return s->lr * (s->start_factor + (s->end_factor - s->start_factor) * share);
}

static double constant_rate(const struct schedule *s, size_t t)
{
	return t < s->total_iters ? s->lr * s->factor : s->lr;
}

static double polynomial_rate(const struct schedule *s, size_t t)
{
	size_t left = t < s->total_iters ? s->total_iters - t : 0;

	return s->lr * pow((double)left / (double)s->total_iters, s->power);
}

static double anneal(const struct schedule *s, double from, double to, double share)
{
	if (s->anneal_linear)
		return (to - from) * share + from;
	return to + (from - to) / 2.0 * (cos(PI * share) + 1.0);
}

/* Returns a value that rises from low to high, then falls to last; with three phases it falls to
 * low in between.  A phase ends where PyTorch's does, which need not be a whole position. */
static double cycle(const struct schedule *s, size_t t, double low, double high, double last)
{
	const double now = (double)t, rise = s->pct_start * (double)s->total_steps;
	double start = rise - 1.0, from = high;

	if (now <= start)
		return anneal(s, low, high, now / start);
	if (s->three_phase) {
		const double end = 2.0 * rise - 2.0;

		if (now <= end)
			return anneal(s, high, low, (now - start) / (end - start));
		start = end;
		from = low;
	}
	return anneal(s, from, last, (now - start) / ((double)(s->total_steps - 1) - start));
}

static double one_cycle_rate(const struct schedule *s, size_t t)
{
	const double low = s->max_lr / s->div_factor;

	return cycle(s, t, low, s->max_lr, low / s->final_div_factor);
}

static double plateau_rate(const struct schedule *s, size_t t)
{
	(void)t;
	return s->plateau.lr;
}

#define RATE(word, parameters) [GF_SCHEDULE_##word] = word##_rate,

static double (*const RATE_OF[GF_SCHEDULE_COUNT])(const struct schedule *, size_t t) = {
	GF_SCHEDULE_LIST(RATE)};

static size_t position(const struct schedule *schedule, size_t epoch, size_t step)
{
	return schedule->per_step ? step : epoch;
}

double schedule_lr(const struct schedule *schedule, size_t epoch, size_t step)
{
	double rate = schedule->lr;

	if (schedule->given)
		rate = RATE_OF[schedule->word](schedule, position(schedule, epoch, step));
	if (step < schedule->warmup)
		rate *= (double)(step + 1) / (double)schedule->warmup;
	return rate;
}

double schedule_momentum(const struct schedule *schedule, size_t epoch, size_t step)
{
	const struct schedule *s = schedule;

	if (!schedule_moves_momentum(s))
		return s->momentum;
	return cycle(
		s, position(s, epoch, step), s->max_momentum, s->base_momentum, s->max_momentum);
}

int schedule_moves_momentum(const struct schedule *schedule)
{
	return schedule->given && schedule->cycle_momentum;
}

int schedule_is_constant(const struct schedule *schedule)
{
	return !schedule->given && schedule->warmup <= 1;
}

/* ---- the length of one_cycle ---- */

/* Returns how often the schedule advances in the whole training. */
static size_t positions(const struct schedule *schedule, size_t steps_per_epoch, size_t epochs)
{
	if (!schedule->per_step)
		return epochs;
	if (steps_per_epoch > 0 && epochs > SIZE_MAX / steps_per_epoch)
		return SIZE_MAX;
	return steps_per_epoch * epochs;
}

gf_status schedule_bind(
	struct schedule *schedule, size_t steps_per_epoch, size_t epochs, gf_error *err)
{
	size_t needed = positions(schedule, steps_per_epoch, epochs);

	if (!schedule->given || schedule->word != GF_SCHEDULE_one_cycle)
		return GF_OK;
	if (schedule->total_steps == 0)
		schedule->total_steps = needed > 0 ? needed : 1;
	if (needed > schedule->total_steps)
		return gf_fail(err, GF_E_USAGE,
			"schedule one_cycle: total_steps is %zu; wanted: at least the %zu %s of "
			"the training",
			schedule->total_steps, needed, schedule->per_step ? "steps" : "epochs");
	if (schedule->pct_start * (double)schedule->total_steps == 1.0)
		return gf_fail(err, GF_E_USAGE,
			"schedule one_cycle: pct_start is %g of %zu steps, a rise of no length; "
			"wanted: more or less than one step",
			schedule->pct_start, schedule->total_steps);
	return GF_OK;
}

/* ---- plateau ---- */

static int is_better(const struct schedule *s, double loss)
{
	if (s->threshold_abs)
		return loss < s->plateau.best - s->threshold;
	return loss < s->plateau.best * (s->maximize ? 1.0 + s->threshold : 1.0 - s->threshold);
}

static void reduce(struct schedule *s)
{
	double reduced = fmax(s->plateau.lr * s->factor, s->min_lr);

	if (s->plateau.lr - reduced > s->eps)
		s->plateau.lr = reduced;
	s->plateau.cooling = s->cooldown;
	s->plateau.bad = 0;
}

void schedule_epoch(struct schedule *schedule, double loss)
{
	struct schedule *s = schedule;

	if (!s->given || s->word != GF_SCHEDULE_plateau)
		return;
	if (s->maximize)
		loss = -loss;
	if (is_better(s, loss)) {
		s->plateau.best = loss;
		s->plateau.bad = 0;
	} else {
		s->plateau.bad++;
	}
	if (s->plateau.cooling > 0) {
		s->plateau.cooling--;
		s->plateau.bad = 0;
	}
	if (s->plateau.bad > s->patience)
		reduce(s);
}

/* ---- the rates of a step, optimiser by optimiser ---- */

struct step_time {
	const gf_config *config;
	double momentum; /* or the first of betas */
	double t;        /* the step, counted from 1 */
};

/* Sets the rates that the optimiser's formula uses.  On entry RATE_LR, RATE_DECAY and RATE_EPS are
 * lr, weight_decay and eps. */
typedef void optimizer_rates(const struct step_time *time, double *rates);

/* Returns the first step, counted from 0, from which on those rates stay the same; SIZE_MAX: there
 * is none. */
typedef size_t optimizer_constant_from(const gf_config *c);

static void sgd_rates(const struct step_time *time, double *rates)
{
	rates[RATE_KEEP] = time->momentum;
	rates[RATE_FRESH] = time->t > 1.0 ? 1.0 - time->config->dampening : 1.0;
}

static size_t sgd_constant_from(const gf_config *c)
{
	return c->momentum == 0.0 || c->dampening == 0.0 ? 0 : 1;
}

static void adam_rates(const struct step_time *time, double *rates)
{
	const double beta1 = time->momentum, beta2 = time->config->betas[1];

	rates[RATE_LR] /= 1.0 - pow(beta1, time->t);
	rates[RATE_KEEP] = beta1;
	rates[RATE_FRESH] = 1.0 - beta1;
	rates[RATE_KEEP2] = beta2;
	rates[RATE_FRESH2] = 1.0 - beta2;
	rates[RATE_ROOT] = 1.0 / sqrt(1.0 - pow(beta2, time->t));
}

/* Returns the first step t, counted from 1, at which 1 - beta^t is 1 in double: the power is below
 * 2^-54. */
static double vanishing_step(double beta)
{
	return beta > 0.0 ? 55.0 * log(2.0) / -log(beta) : 1.0;
}

static size_t adam_constant_from(const gf_config *c)
{
	const double t = fmax(vanishing_step(c->betas[0]), vanishing_step(c->betas[1]));

	return t < 0x1p53 ? (size_t)t + 1 : SIZE_MAX;
}

static void adamw_rates(const struct step_time *time, double *rates)
{
	rates[RATE_DECAY] = 1.0 - rates[RATE_LR] * time->config->weight_decay;
	adam_rates(time, rates);
}

#define adamw_constant_from adam_constant_from

static void rmsprop_rates(const struct step_time *time, double *rates)
{
	rates[RATE_KEEP] = time->momentum;
	rates[RATE_KEEP2] = time->config->alpha;
	rates[RATE_FRESH2] = 1.0 - time->config->alpha;
}

static size_t rmsprop_constant_from(const gf_config *c)
{
	(void)c;
	return 0;
}

static void adagrad_rates(const struct step_time *time, double *rates)
{
	rates[RATE_LR] /= 1.0 + (time->t - 1.0) * time->config->lr_decay;
}

static size_t adagrad_constant_from(const gf_config *c)
{
	return c->lr_decay == 0.0 ? 0 : SIZE_MAX;
}

#define OPTIMIZER_ROW(word, help) {word##_rates, word##_constant_from},

static const struct {
	optimizer_rates *set;
	optimizer_constant_from *constant_from;
} OPTIMIZER_RATES[GF_OPTIMIZER_COUNT] = {GF_OPTIMIZER_LIST(OPTIMIZER_ROW)};

/* ---- the rates of a step, whatever the optimiser ---- */

struct update step_rates_update(const gf_config *config, const struct schedule *schedule)
{
	const gf_optimizer o = config->optimizer;
	const int has_momentum = config->momentum > 0.0 || schedule_moves_momentum(schedule);

	return (struct update){.optimizer = o,
		.momentum = has_momentum && optimizer_has(o, OPTIMIZER_MOMENTUM),
		.nesterov = config->nesterov && optimizer_has(o, OPTIMIZER_NESTEROV),
		.maximize = config->maximize,
		.amsgrad = config->amsgrad && optimizer_has(o, OPTIMIZER_AMSGRAD),
		.centered = config->centered && optimizer_has(o, OPTIMIZER_CENTERED),
		.clip_norm = config->clip_norm > 0.0,
		.clip_value = config->clip_value > 0.0,
		.average = config->average,
		.no_bias = config->no_bias};
}

/* Returns the first step from which on rates do not depend on the step or on its rows. */
static size_t first_constant(const struct step_rates *r)
{
	const gf_config *c = r->config;
	const struct problem *p = r->problem;

	if (!schedule_is_constant(&r->schedule) || c->average)
		return SIZE_MAX;
	if (loss_of(p->loss)->divides_by_weights && (p->weights || p->class_weights) &&
		r->batches > 1)
		return SIZE_MAX;
	return OPTIMIZER_RATES[c->optimizer].constant_from(c);
}

gf_status step_rates_new(struct step_rates *r, const gf_config *config,
	const struct problem *problem, size_t rows, gf_error *err)
{
	*r = (struct step_rates){.config = config, .problem = problem};
	r->batches = (rows + problem->batch_size - 1) / problem->batch_size;
	TRY(schedule_parse(&r->schedule, config, err));
	TRY(schedule_bind(&r->schedule, r->batches, config->epochs, err));
	r->constant_from = first_constant(r);
	r->constant = r->constant_from == 0 && rows % problem->batch_size == 0;
	return GF_OK;
}

/* Returns how many times the gradient a step moves a parameter once it is the same in all steps: as
 * many times the l1 penalty makes both balance where the loss with the penalty is least. */
static double steady_slopes(const gf_config *c, double momentum)
{
	if (!optimizer_has(c->optimizer, OPTIMIZER_MOMENTUM) || momentum >= 1.0)
		return 1.0;
	return (1.0 - (momentum > 0.0 ? c->dampening : 0.0)) / (1.0 - momentum);
}

void step_rates_of(const struct step_rates *r, size_t epoch, size_t step, const struct batch *batch,
	double *rates)
{
	const gf_config *c = r->config;
	const double t = (double)step + 1.0;
	const double lr = schedule_lr(&r->schedule, epoch, step);
	const struct step_time time = {c, schedule_momentum(&r->schedule, epoch, step), t};

	memset(rates, 0, RATES * sizeof *rates);
	rates[RATE_SCALE] = train_data_scale(r->problem, batch);
	rates[RATE_LR] = lr;
	rates[RATE_DECAY] = c->weight_decay;
	rates[RATE_EPS] = c->eps;
	OPTIMIZER_RATES[c->optimizer].set(&time, rates);
	rates[RATE_SHRINK] = lr * c->l1 * steady_slopes(c, time.momentum);
	/* With maximize, the sign of the gradient changes after the penalty is added to it. */
	rates[RATE_L2] = c->maximize ? -c->l2 : c->l2;
	rates[RATE_CLIP] = c->clip_norm > 0.0 ? c->clip_norm : c->clip_value;
	rates[RATE_AVERAGE] = 1.0 / t;
}
