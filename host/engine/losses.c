/*
 * losses.c: each loss of kernels/loss.cl and kernels/terms.cl by its textbook formula, in double,
 * with a bound on the error of float (bounded.h).  A new loss needs a function <word>_terms here.
 */
#include "reference.h"

#include <stdlib.h>

struct loss_terms {
	struct bounded value, slope; /* loss, and its derivative with respect to z */
};

typedef struct loss_terms loss_formula(
	const struct loss_parameters *, struct bounded z, struct bounded y);

static struct loss_terms mse_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded d = bounded_sub(z, y);

	(void)p;
	return (struct loss_terms){bounded_mul(d, d), bounded_add(d, d)};
}

static struct loss_terms l1_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded d = bounded_sub(z, y);

	(void)p;
	return (struct loss_terms){bounded_abs(d), bounded_sign(d)};
}

static struct loss_terms smooth_l1_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded beta = bounded_constant(p->beta), half = bounded_exact(0.5);
	const struct bounded d = bounded_sub(z, y), size = bounded_abs(d),
			     below = bounded_sub(beta, size);
	const struct loss_terms beyond = {
		bounded_sub(size, bounded_mul(half, beta)), bounded_sign(d)};
	struct loss_terms square;

	if (p->beta == 0.0)
		return beyond;
	square.value = bounded_div(bounded_mul(bounded_mul(half, size), size), beta);
	square.slope = bounded_div(d, beta);
	return (struct loss_terms){bounded_select(below, square.value, beyond.value),
		bounded_select(below, square.slope, beyond.slope)};
}

static struct loss_terms huber_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded delta = bounded_constant(p->delta), half = bounded_exact(0.5);
	const struct bounded d = bounded_sub(z, y), size = bounded_abs(d),
			     above = bounded_sub(size, delta);
	const struct bounded line = bounded_mul(delta, bounded_sub(size, bounded_mul(half, delta)));
	const struct bounded square = bounded_mul(bounded_mul(half, size), size);

	return (struct loss_terms){bounded_select(above, line, square),
		bounded_select(above, bounded_mul(delta, bounded_sign(d)), d)};
}

static struct loss_terms bce_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded zero = bounded_exact(0.0), one = bounded_exact(1.0);
	const struct bounded away = bounded_neg(bounded_abs(z)), e = bounded_exp(away);
	const struct bounded over = bounded_select(bounded_neg(z), e, one);
	const struct bounded line = bounded_sub(bounded_max(z, zero), bounded_mul(z, y));

	(void)p;
	return (struct loss_terms){bounded_add(line, bounded_log1p_exp(away)),
		bounded_sub(bounded_div(over, bounded_add(one, e)), y)};
}

static struct loss_terms poisson_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded rate = bounded_exp(z);

	(void)p;
	return (struct loss_terms){bounded_sub(rate, bounded_mul(y, z)), bounded_sub(rate, y)};
}

/* Returns 1 - y z: by how much the margin y z is below 1. */
static struct bounded shortfall(struct bounded z, struct bounded y)
{
	return bounded_sub(bounded_exact(1.0), bounded_mul(y, z));
}

static struct loss_terms hinge_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded gap = shortfall(z, y), zero = bounded_exact(0.0);

	(void)p;
	return (struct loss_terms){
		bounded_max(gap, zero), bounded_select(gap, bounded_neg(y), zero)};
}

static struct loss_terms squared_hinge_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded gap = bounded_max(shortfall(z, y), bounded_exact(0.0));

	(void)p;
	return (struct loss_terms){
		bounded_mul(gap, gap), bounded_mul(bounded_mul(bounded_exact(-2.0), y), gap)};
}

static struct loss_terms epsilon_insensitive_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded d = bounded_sub(z, y), zero = bounded_exact(0.0);
	const struct bounded beyond = bounded_sub(bounded_abs(d), bounded_constant(p->epsilon));

	return (struct loss_terms){
		bounded_max(beyond, zero), bounded_select(beyond, bounded_sign(d), zero)};
}

static struct loss_terms quantile_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded d = bounded_sub(z, y), zero = bounded_exact(0.0);
	const struct bounded q = bounded_neg(bounded_constant(p->quantile));
	const struct bounded rest = bounded_add(bounded_exact(1.0), q);
	const struct bounded below = bounded_select(bounded_neg(d), q, zero);

	return (struct loss_terms){bounded_max(bounded_mul(rest, d), bounded_mul(q, d)),
		bounded_select(d, rest, below)};
}

static struct loss_terms gamma_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded share = bounded_mul(y, bounded_exp(bounded_neg(z)));

	(void)p;
	return (struct loss_terms){bounded_add(share, z), bounded_sub(bounded_exact(1.0), share)};
}

/* With a target of 0 the falling part is 0, even where its exponential is infinite. */
static struct loss_terms tweedie_terms(
	const struct loss_parameters *p, struct bounded z, struct bounded y)
{
	const struct bounded power = bounded_constant(p->power);
	const struct bounded up = bounded_sub(bounded_exact(2.0), power),
			     down = bounded_sub(power, bounded_exact(1.0));
	const struct bounded rise = bounded_exp(bounded_mul(up, z)),
			     fall = bounded_exp(bounded_neg(bounded_mul(down, z)));
	const struct bounded value = bounded_div(rise, up);

	if (!(y.value > 0.0))
		return (struct loss_terms){value, rise};
	return (struct loss_terms){bounded_add(value, bounded_mul(y, bounded_div(fall, down))),
		bounded_sub(rise, bounded_mul(y, fall))};
}

/* The loss of cross entropy needs all outputs of a row: softmax_of_row computes it. */
#define cross_entropy_terms NULL

#define FORMULA(word, help) word##_terms,

static loss_formula *const FORMULAS[GF_LOSS_COUNT] = {GF_LOSS_LIST(FORMULA)};

/* ---- cross entropy ---- */

/* Returns c[k], the factor of -log softmax(z)[k] in the row's loss. */
static struct bounded class_share(const struct problem *problem, size_t class, size_t k)
{
	const double smoothing = problem->loss_parameters.label_smoothing;
	const double weight = problem->class_weights ? (double)problem->class_weights[k] : 1.0;
	const struct bounded smooth =
		bounded_constant(weight * smoothing / (double)problem->outputs);
	const struct bounded hard = bounded_constant(weight * (1.0 - smoothing));

	return k == class ? bounded_add(smooth, hard) : smooth;
}

static struct bounded largest_of(const struct bounded *z, size_t K)
{
	struct bounded largest = z[0];
	size_t k;

	for (k = 1; k < K; k++)
		largest = bounded_max(largest, z[k]);
	return largest;
}

/* Returns z minus the largest output.  Softmax does not change if the same number is subtracted
 * from all outputs, so the error of the largest counts only as a rounding of the difference. */
static struct bounded minus_largest(struct bounded z, struct bounded largest)
{
	return bounded_rounded(
		z.value - largest.value, z.error + BOUNDED_ROUNDING * largest.error, 1.0);
}

static void softmax_of_row(const struct problem *problem, size_t class, const struct bounded *z,
	struct bounded *value, struct bounded *slope)
{
	const size_t K = problem->outputs;
	const struct bounded largest = largest_of(z, K);
	struct bounded sum = bounded_exact(0.0), shares = sum, log_sum, inverse;
	size_t k;

	for (k = 0; k < K; k++) {
		sum = bounded_add(sum, bounded_exp(minus_largest(z[k], largest)));
		shares = bounded_add(shares, class_share(problem, class, k));
	}
	log_sum = bounded_log(sum);
	inverse = bounded_div(bounded_exact(1.0), sum);
	for (k = 0; k < K; k++) {
		const struct bounded c = class_share(problem, class, k);
		const struct bounded d = minus_largest(z[k], largest);

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
			const struct loss_terms t = formula(
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

/* ---- the mean over a dataset ---- */

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
