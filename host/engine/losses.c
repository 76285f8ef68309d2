#include "losses.h"

#include <stdlib.h>

struct terms {
	struct near value, slope;
};

typedef struct terms loss_formula(const struct loss_parameters *, struct near z, struct near y);

static struct terms mse_terms(const struct loss_parameters *p, struct near z, struct near y)
{
	const struct near d = near_sub(z, y);

	(void)p;
	return (struct terms){near_mul(d, d), near_add(d, d)};
}

static struct terms l1_terms(const struct loss_parameters *p, struct near z, struct near y)
{
	const struct near d = near_sub(z, y);

	(void)p;
	return (struct terms){near_abs(d), near_sign(d)};
}

static struct terms smooth_l1_terms(const struct loss_parameters *p, struct near z, struct near y)
{
	const struct near beta = near_constant(p->beta), half = near_exact(0.5);
	const struct near d = near_sub(z, y), size = near_abs(d), below = near_sub(beta, size);
	const struct terms beyond = {near_sub(size, near_mul(half, beta)), near_sign(d)};
	struct terms square;

	if (p->beta == 0.0)
		return beyond;
	square.value = near_div(near_mul(near_mul(half, size), size), beta);
	square.slope = near_div(d, beta);
	return (struct terms){near_select(below, square.value, beyond.value),
		near_select(below, square.slope, beyond.slope)};
}

static struct terms huber_terms(const struct loss_parameters *p, struct near z, struct near y)
{
	const struct near delta = near_constant(p->delta), half = near_exact(0.5);
	const struct near d = near_sub(z, y), size = near_abs(d), above = near_sub(size, delta);
	const struct near line = near_mul(delta, near_sub(size, near_mul(half, delta)));
	const struct near square = near_mul(near_mul(half, size), size);

	return (struct terms){near_select(above, line, square),
		near_select(above, near_mul(delta, near_sign(d)), d)};
}

static struct terms bce_terms(const struct loss_parameters *p, struct near z, struct near y)
{
	const struct near zero = near_exact(0.0), one = near_exact(1.0);
	const struct near away = near_neg(near_abs(z)), e = near_exp(away);
	const struct near over = near_select(near_neg(z), e, one);
	const struct near line = near_sub(near_max(z, zero), near_mul(z, y));

	(void)p;
	return (struct terms){near_add(line, near_log1p_exp(away)),
		near_sub(near_div(over, near_add(one, e)), y)};
}

static struct terms poisson_terms(const struct loss_parameters *p, struct near z, struct near y)
{
	const struct near rate = near_exp(z);

	(void)p;
	return (struct terms){near_sub(rate, near_mul(y, z)), near_sub(rate, y)};
}

/* How far y z falls short of 1. */
static struct near shortfall(struct near z, struct near y)
{
	return near_sub(near_exact(1.0), near_mul(y, z));
}

static struct terms hinge_terms(const struct loss_parameters *p, struct near z, struct near y)
{
	const struct near gap = shortfall(z, y), zero = near_exact(0.0);

	(void)p;
	return (struct terms){near_max(gap, zero), near_select(gap, near_neg(y), zero)};
}

static struct terms squared_hinge_terms(
	const struct loss_parameters *p, struct near z, struct near y)
{
	const struct near gap = near_max(shortfall(z, y), near_exact(0.0));

	(void)p;
	return (struct terms){near_mul(gap, gap), near_mul(near_mul(near_exact(-2.0), y), gap)};
}

static struct terms epsilon_insensitive_terms(
	const struct loss_parameters *p, struct near z, struct near y)
{
	const struct near d = near_sub(z, y), zero = near_exact(0.0);
	const struct near beyond = near_sub(near_abs(d), near_constant(p->epsilon));

	return (struct terms){near_max(beyond, zero), near_select(beyond, near_sign(d), zero)};
}

static struct terms quantile_terms(const struct loss_parameters *p, struct near z, struct near y)
{
	const struct near d = near_sub(z, y), zero = near_exact(0.0);
	const struct near q = near_neg(near_constant(p->quantile));
	const struct near rest = near_add(near_exact(1.0), q);
	const struct near below = near_select(near_neg(d), q, zero);

	return (struct terms){
		near_max(near_mul(rest, d), near_mul(q, d)), near_select(d, rest, below)};
}

/* Its outputs are not alone: losses_of_row sees to it. */
#define cross_entropy_terms NULL

#define FORMULA(word, help) word##_terms,

static loss_formula *const FORMULAS[GF_LOSSES] = {GF_LOSS_LIST(FORMULA)};

/* ---- cross entropy ---- */

/* c[k]: what the row's loss takes of output k. */
static struct near share_of(const struct problem *problem, size_t class, size_t k)
{
	const double smoothing = problem->loss_parameters.label_smoothing;
	const double weight = problem->class_weights ? (double)problem->class_weights[k] : 1.0;
	const struct near smooth = near_constant(weight * smoothing / (double)problem->outputs);
	const struct near hard = near_constant(weight * (1.0 - smoothing));

	return k == class ? near_add(smooth, hard) : smooth;
}

/* The largest output; softmax is the same whatever is taken off all outputs, so the error of
 * what is taken off counts only as a rounding of the difference. */
static struct near largest(const struct near *z, size_t K)
{
	struct near top = z[0];
	size_t k;

	for (k = 1; k < K; k++)
		top = near_max(top, z[k]);
	return top;
}

static struct near from_top(struct near z, struct near top)
{
	return near_rounded(z.value - top.value, z.error + NEAR_ROUNDING * top.error, 1.0);
}

static void softmax_of_row(const struct problem *problem, size_t class, const struct near *z,
	struct near *value, struct near *slope)
{
	const size_t K = problem->outputs;
	const struct near top = largest(z, K);
	struct near sum = near_exact(0.0), shares = sum, log_sum, inverse;
	size_t k;

	for (k = 0; k < K; k++) {
		sum = near_add(sum, near_exp(from_top(z[k], top)));
		shares = near_add(shares, share_of(problem, class, k));
	}
	log_sum = near_log(sum);
	inverse = near_div(near_exact(1.0), sum);
	for (k = 0; k < K; k++) {
		const struct near c = share_of(problem, class, k), d = from_top(z[k], top);

		value[k] = near_mul(c, near_sub(log_sum, d));
		slope[k] = near_sub(near_mul(shares, near_mul(near_exp(d), inverse)), c);
	}
}

void losses_of_row(const struct problem *problem, const float *y, double weight,
	const struct near *z, struct near *value, struct near *slope)
{
	loss_formula *formula = FORMULAS[problem->loss];
	size_t k;

	if (!formula)
		softmax_of_row(problem, (size_t)y[0], z, value, slope);
	for (k = 0; k < problem->outputs; k++) {
		if (formula) {
			const struct terms t =
				formula(&problem->loss_parameters, z[k], near_exact((double)y[k]));

			value[k] = t.value;
			slope[k] = t.slope;
		}
		if (weight != 1.0) {
			value[k] = near_mul(value[k], near_exact(weight));
			slope[k] = near_mul(slope[k], near_exact(weight));
		}
	}
}

gf_status reference_mean_loss(
	double *mean, const struct problem *problem, const float *z, gf_error *err)
{
	const gf_dataset *data = problem->data;
	const size_t K = problem->outputs;
	struct near *scratch = calloc(K, 3 * sizeof *scratch), *value = scratch + K;
	double sum = 0.0;
	size_t i, k;

	if (!scratch)
		return gf_fail_memory(err, 3 * K * sizeof *scratch, "the losses of a row");
	for (i = 0; i < data->rows; i++) {
		for (k = 0; k < K; k++)
			scratch[k] = near_exact((double)z[i * K + k]);
		losses_of_row(problem, data->y + i * data->outputs, 1.0, scratch, value, value + K);
		for (k = 0; k < K; k++)
			sum += value[k].value;
	}
	*mean = sum / ((double)data->rows * (double)data->outputs);
	free(scratch);
	return GF_OK;
}
