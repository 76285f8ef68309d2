#include "losses.h"

#include <stdlib.h>

struct terms {
	struct bounded value, slope;
};

typedef struct terms loss_formula(
	const struct loss_parameters *, struct bounded z, struct bounded y);

static struct terms mse_terms(const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded d = bounded_sub(z, y);

	(void)p;
	return (struct terms){bounded_mul(d, d), bounded_add(d, d)};
}

static struct terms l1_terms(const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded d = bounded_sub(z, y);

	(void)p;
	return (struct terms){bounded_abs(d), bounded_sign(d)};
}

static struct terms smooth_l1_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded beta = bounded_constant(p->beta), half = bounded_exact(0.5);
	const struct bounded d = bounded_sub(z, y), size = bounded_abs(d),
			     below = bounded_sub(beta, size);
	const struct terms beyond = {bounded_sub(size, bounded_mul(half, beta)), bounded_sign(d)};
	struct terms square;

	if (p->beta == 0.0)
		return beyond;
	square.value = bounded_div(bounded_mul(bounded_mul(half, size), size), beta);
	square.slope = bounded_div(d, beta);
	return (struct terms){bounded_select(below, square.value, beyond.value),
		bounded_select(below, square.slope, beyond.slope)};
}

static struct terms huber_terms(const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded delta = bounded_constant(p->delta), half = bounded_exact(0.5);
	const struct bounded d = bounded_sub(z, y), size = bounded_abs(d),
			     above = bounded_sub(size, delta);
	const struct bounded line = bounded_mul(delta, bounded_sub(size, bounded_mul(half, delta)));
	const struct bounded square = bounded_mul(bounded_mul(half, size), size);

	return (struct terms){bounded_select(above, line, square),
		bounded_select(above, bounded_mul(delta, bounded_sign(d)), d)};
}

static struct terms bce_terms(const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded zero = bounded_exact(0.0), one = bounded_exact(1.0);
	const struct bounded away = bounded_neg(bounded_abs(z)), e = bounded_exp(away);
	const struct bounded over = bounded_select(bounded_neg(z), e, one);
	const struct bounded line = bounded_sub(bounded_max(z, zero), bounded_mul(z, y));

	(void)p;
	return (struct terms){bounded_add(line, bounded_log1p_exp(away)),
		bounded_sub(bounded_div(over, bounded_add(one, e)), y)};
}

static struct terms poisson_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded rate = bounded_exp(z);

	(void)p;
	return (struct terms){bounded_sub(rate, bounded_mul(y, z)), bounded_sub(rate, y)};
}

/* How far y z falls short of 1. */
static struct bounded shortfall(struct bounded z, struct bounded y)
{
	return bounded_sub(bounded_exact(1.0), bounded_mul(y, z));
}

static struct terms hinge_terms(const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded gap = shortfall(z, y), zero = bounded_exact(0.0);

	(void)p;
	return (struct terms){bounded_max(gap, zero), bounded_select(gap, bounded_neg(y), zero)};
}

static struct terms squared_hinge_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded gap = bounded_max(shortfall(z, y), bounded_exact(0.0));

	(void)p;
	return (struct terms){
		bounded_mul(gap, gap), bounded_mul(bounded_mul(bounded_exact(-2.0), y), gap)};
}

static struct terms epsilon_insensitive_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded d = bounded_sub(z, y), zero = bounded_exact(0.0);
	const struct bounded beyond = bounded_sub(bounded_abs(d), bounded_constant(p->epsilon));

	return (struct terms){
		bounded_max(beyond, zero), bounded_select(beyond, bounded_sign(d), zero)};
}

static struct terms quantile_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded d = bounded_sub(z, y), zero = bounded_exact(0.0);
	const struct bounded q = bounded_neg(bounded_constant(p->quantile));
	const struct bounded rest = bounded_add(bounded_exact(1.0), q);
	const struct bounded below = bounded_select(bounded_neg(d), q, zero);

	return (struct terms){bounded_max(bounded_mul(rest, d), bounded_mul(q, d)),
		bounded_select(d, rest, below)};
}

/* Its outputs are not alone: losses_of_row sees to it. */
#define cross_entropy_terms NULL

#define FORMULA(word, help) word##_terms,

static loss_formula *const FORMULAS[GF_LOSS_COUNT] = {GF_LOSS_LIST(FORMULA)};

/* ---- cross entropy ---- */

/* c[k]: what the row's loss takes of output k. */
static struct bounded share_of(const struct problem *problem, size_t class, size_t k)
{
	const double smoothing = problem->loss_parameters.label_smoothing;
	const double weight = problem->class_weights ? (double)problem->class_weights[k] : 1.0;
	const struct bounded smooth =
		bounded_constant(weight * smoothing / (double)problem->outputs);
	const struct bounded hard = bounded_constant(weight * (1.0 - smoothing));

	return k == class ? bounded_add(smooth, hard) : smooth;
}

/* The largest output; softmax is the same whatever is taken off all outputs, so the error of
 * what is taken off counts only as a rounding of the difference. */
static struct bounded largest(const struct bounded *z, size_t K)
{
	struct bounded top = z[0];
	size_t k;

	for (k = 1; k < K; k++)
		top = bounded_max(top, z[k]);
	return top;
}

static struct bounded from_top(struct bounded z, struct bounded top)
{
	return bounded_rounded(z.value - top.value, z.error + BOUNDED_ROUNDING * top.error, 1.0);
}

static void softmax_of_row(const struct problem *problem, size_t class, const struct bounded *z,
	struct bounded *value, struct bounded *slope)
{
	const size_t K = problem->outputs;
	const struct bounded top = largest(z, K);
	struct bounded sum = bounded_exact(0.0), shares = sum, log_sum, inverse;
	size_t k;

	for (k = 0; k < K; k++) {
		sum = bounded_add(sum, bounded_exp(from_top(z[k], top)));
		shares = bounded_add(shares, share_of(problem, class, k));
	}
	log_sum = bounded_log(sum);
	inverse = bounded_div(bounded_exact(1.0), sum);
	for (k = 0; k < K; k++) {
		const struct bounded c = share_of(problem, class, k), d = from_top(z[k], top);

		value[k] = bounded_mul(c, bounded_sub(log_sum, d));
		slope[k] =
			bounded_sub(bounded_mul(shares, bounded_mul(bounded_exp(d), inverse)), c);
	}
}

void losses_of_row(const struct problem *problem, const float *y, double weight,
	const struct bounded *z, struct bounded *value, struct bounded *slope)
{
	loss_formula *formula = FORMULAS[problem->loss];
	size_t k;

	if (!formula)
		softmax_of_row(problem, (size_t)y[0], z, value, slope);
	for (k = 0; k < problem->outputs; k++) {
		if (formula) {
			const struct terms t = formula(
				&problem->loss_parameters, z[k], bounded_exact((double)y[k]));

			value[k] = t.value;
			slope[k] = t.slope;
		}
		if (weight != 1.0) {
			value[k] = bounded_mul(value[k], bounded_exact(weight));
			slope[k] = bounded_mul(slope[k], bounded_exact(weight));
		}
	}
}

gf_status reference_mean_loss(
	double *mean, const struct problem *problem, const float *z, gf_error *err)
{
	const gf_dataset *data = problem->data;
	const size_t K = problem->outputs;
	struct bounded *scratch = calloc(K, 3 * sizeof *scratch), *value = scratch + K;
	double sum = 0.0;
	size_t i, k;

	if (!scratch)
		return gf_fail_memory(err, 3 * K * sizeof *scratch, "the losses of a row");
	for (i = 0; i < data->rows; i++) {
		for (k = 0; k < K; k++)
			scratch[k] = bounded_exact((double)z[i * K + k]);
		losses_of_row(problem, data->y + i * data->outputs, 1.0, scratch, value, value + K);
		for (k = 0; k < K; k++)
			sum += value[k].value;
	}
	*mean = sum / ((double)data->rows * (double)data->outputs);
	free(scratch);
	return GF_OK;
}
