/*
 * schedule.c: the rate of each word of GF_SCHEDULE_LIST at position t.
 *
 * PyTorch steps most of them from the rate before, so that its roundings add up; these are its
 * closed forms, a rounding or two from the exact rate at any t.  A new word is its line in the
 * list and its function here, <word>_rate; a new parameter, a line in schedule_parse.c.
 */
#include "schedule.h"
#include "error.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

static double step_rate(const struct schedule *s, size_t t)
{
	size_t passed = t / s->step_size;

	return s->lr * pow(s->gamma, (double)passed);
}

static double multistep_rate(const struct schedule *s, size_t t)
{
	size_t passed = 0, i;

	for (i = 0; i < s->milestone_count; i++)
		passed += s->milestones[i] <= t;
	return s->lr * pow(s->gamma, (double)passed);
}

static double exponential_rate(const struct schedule *s, size_t t)
{
	return s->lr * pow(s->gamma, (double)t);
}

/* From lr down to eta_min over the whole of a period. */
static double anneal_from_lr(const struct schedule *s, size_t t, size_t period)
{
	double turn = cos(PI * (double)t / (double)period);

	return s->eta_min + (s->lr - s->eta_min) * (1.0 + turn) / 2.0;
}

/* Beyond t_max it goes up again, as PyTorch's does. */
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

/* Rise from low to high, then fall to last: with three phases to low first.  A phase ends where
 * PyTorch's does, which need not be a whole position. */
static double cycle(const struct schedule *s, size_t t, double low, double high, double last)
{
	const double place = (double)t, rise = s->pct_start * (double)s->total_steps;
	double start = rise - 1.0, from = high;

	if (place <= start)
		return anneal(s, low, high, place / start);
	if (s->three_phase) {
		const double end = 2.0 * rise - 2.0;

		if (place <= end)
			return anneal(s, high, low, (place - start) / (end - start));
		start = end;
		from = low;
	}
	return anneal(s, from, last, (place - start) / ((double)(s->total_steps - 1) - start));
}

static double one_cycle_rate(const struct schedule *s, size_t t)
{
	const double low = s->max_lr / s->div_factor;

	return cycle(s, t, low, s->max_lr, low / s->final_div_factor);
}

static double plateau_rate(const struct schedule *s, size_t t)
{
	(void)t;
	return s->plateau_lr;
}

#define RATE(word, parameters) [GF_SCHEDULE_##word] = word##_rate,

static double (*const RATES[GF_SCHEDULE_COUNT])(const struct schedule *, size_t t) = {
	GF_SCHEDULE_LIST(RATE)};

static size_t position(const struct schedule *schedule, size_t epoch, size_t step)
{
	return schedule->per_step ? step : epoch;
}

double schedule_lr(const struct schedule *schedule, size_t epoch, size_t step)
{
	double rate = schedule->lr;

	if (schedule->given)
		rate = RATES[schedule->word](schedule, position(schedule, epoch, step));
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

/* ---- one_cycle, once its length is known ---- */

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
	size_t taken = positions(schedule, steps_per_epoch, epochs);

	if (!schedule->given || schedule->word != GF_SCHEDULE_one_cycle)
		return GF_OK;
	if (schedule->total_steps == 0)
		schedule->total_steps = taken > 0 ? taken : 1;
	if (taken > schedule->total_steps)
		return gf_fail(err, GF_E_USAGE,
			"schedule one_cycle: total_steps is %zu; wanted: at least the %zu %s of "
			"the training",
			schedule->total_steps, taken, schedule->per_step ? "steps" : "epochs");
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
		return loss < s->best - s->threshold;
	return loss < s->best * (s->maximize ? 1.0 + s->threshold : 1.0 - s->threshold);
}

static void reduce(struct schedule *s)
{
	double reduced = fmax(s->plateau_lr * s->factor, s->min_lr);

	if (s->plateau_lr - reduced > s->eps)
		s->plateau_lr = reduced;
	s->cooling = s->cooldown;
	s->bad = 0;
}

void schedule_epoch(struct schedule *schedule, double loss)
{
	struct schedule *s = schedule;

	if (!s->given || s->word != GF_SCHEDULE_plateau)
		return;
	if (s->maximize)
		loss = -loss;
	if (is_better(s, loss)) {
		s->best = loss;
		s->bad = 0;
	} else {
		s->bad++;
	}
	if (s->cooling > 0) {
		s->cooling--;
		s->bad = 0;
	}
	if (s->bad > s->patience)
		reduce(s);
}
