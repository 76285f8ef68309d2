/*
 * sums.c: loss and gradient of a batch in double, and how far sums of floats may be from them.
 *
 * u = 2^-24.  A term that goes through n rounded operations is off by at most gamma(n) = n u /
 * (1 - n u) of itself (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., lemma
 * 3.1), so a sum is off by at most gamma(n) times the sum of its terms' magnitudes.  The number of
 * operations that a term goes through is the depth of the order of sums:
 *
 *	output		C fmas, log2 F halvings, the bias
 *	loss		4 adds (a lane of a block), the tree over blocks, 4 halvings, K
 *	gradient of b	like the loss, without K
 *	gradient of w	64 / L fmas, the tree over blocks, log2 L halvings
 *	norm		P / 16 fmas, 4 halvings
 *	mean		2: the rounding of 1/M, and the product with it
 *
 * losses.c computes how an error of the output changes a loss and its slope.  Some devices flush a
 * product below the normal range to 0: 2^-126 for each product.  The reference itself errs by the
 * same rule with u = 2^-53.  If the sum of magnitudes is beyond float's range, float may overflow,
 * and there is no bound.
 */
#include "reference.h"
#include "sum_order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors of sums ---- */

static double gamma_of(double operations, double u)
{
	return operations * u / (1.0 - operations * u);
}

/* Returns the relative error bound of a sum: in float it is `depth` operations deep, and the
 * reference adds `terms` numbers in double. */
static double relative(double depth, double terms)
{
	return gamma_of(depth, 0x1p-24) + gamma_of(terms + 4.0, 0x1p-53);
}

static double tree_depth(const struct batch *batch)
{
	return (double)tree_levels(block_count(batch->count));
}

double bounds_output(const struct problem *problem, const double *params, size_t row, size_t k)
{
	const size_t D = problem->data->features;
	const struct sum_order order = sum_order_of(D);
	const double depth = (double)(order.chunks + tree_levels(order.lanes) + 1);
	const float *x = problem->data->x + row * D;
	double sum = fabs(params[problem->outputs * D + k]);
	size_t j;

	for (j = 0; j < D; j++)
		sum += fabs(params[k * D + j] * (double)x[j]);
	if (!(sum <= (double)FLT_MAX))
		return INFINITY;
	return relative(depth, (double)D) * sum + (double)(D + 1) * (double)FLT_MIN;
}

/* Returns value times scale.  terms: the sum of magnitudes, of which rounding makes an error of
 * `relative`; errors: the sum of the terms' own errors. */
static struct bounded scaled(
	double value, double terms, double errors, double relative_error, double scale)
{
	struct bounded n = {
		value * scale, (errors + relative_error * terms) * scale + (double)FLT_MIN};

	if (!(terms <= (double)FLT_MAX))
		n.error = INFINITY;
	return n;
}

struct bounded bounds_loss(const struct sums *sums, const struct problem *problem,
	const struct batch *batch, double scale)
{
	const double K = (double)problem->outputs, N = (double)batch->count;
	const double depth = (double)BLOCK_ROWS / SUM_LANES + tree_depth(batch) +
			     (double)tree_levels(SUM_LANES) + K + 2.0;

	return scaled(
		sums->loss, sums->loss_terms, sums->loss_errors, relative(depth, N * K), scale);
}

struct bounded bounds_gradient(const struct sums *sums, const struct problem *problem,
	const struct batch *batch, double scale, size_t p)
{
	const struct sum_order order = sum_order_of(problem->data->features);
	const size_t lanes = network_is_bias(&sums->network, p) ? SUM_LANES : order.row_lanes;
	const double depth = (double)BLOCK_ROWS / (double)lanes + tree_depth(batch) +
			     (double)tree_levels(lanes) + 2.0;

	return scaled(sums->gradient[p], sums->gradient_terms[p], sums->gradient_errors[p],
		relative(depth, (double)batch->count), scale);
}

void squares_add(struct squares *squares, struct bounded gradient, double unit)
{
	const double g = fabs(gradient.value) * unit;
	const double flushed = unit < 1.0 ? (double)FLT_MIN : 0.0;
	const double e = gradient.error * unit + flushed;

	squares->sum += g * g;
	squares->terms += (g + e) * (g + e);
	squares->errors += 2.0 * g * e + e * e + (double)FLT_MIN;
}

struct bounded bounds_squares(const struct squares *squares, size_t count)
{
	const double depth = (double)count / SUM_LANES + 1.0 + (double)tree_levels(SUM_LANES);

	return scaled(
		squares->sum, squares->terms, squares->errors, relative(depth, (double)count), 1.0);
}

/* ---- outputs ---- */

double reference_output(const struct problem *problem, const double *params, size_t row, size_t k)
{
	const size_t D = problem->data->features;
	const float *x = problem->data->x + row * D;
	double z = 0.0;
	size_t j;

	for (j = 0; j < D; j++)
		z += params[k * D + j] * (double)x[j];
	return z + params[problem->outputs * D + k];
}

void reference_outputs(const struct problem *problem, const double *params, size_t row, double *z)
{
	size_t k;

	for (k = 0; k < problem->outputs; k++)
		z[k] = reference_output(problem, params, row, k);
}

/* Returns x.w + b as the kernels compute it: lane l sums up features l, l + F, ..., then lanes are
 * added by halving. */
static float float_output(const float *x, const float *w, float b, size_t features, size_t F)
{
	float lanes[SUM_LANES] = {0};
	size_t l, j, n;

	for (l = 0; l < F; l++)
		for (j = l; j < features; j += F)
			lanes[l] = fmaf(w[j], x[j], lanes[l]);
	for (n = F / 2; n > 0; n /= 2)
		for (l = 0; l < n; l++)
			lanes[l] = lanes[l] + lanes[l + n];
	return lanes[0] + b;
}

void forward_outputs(
	const struct problem *problem, const float *params, size_t first, size_t rows, float *z)
{
	const size_t D = problem->data->features, K = problem->outputs;
	const size_t F = sum_order_of(D).lanes;
	size_t i, k;

	for (i = 0; i < rows; i++)
		for (k = 0; k < K; k++)
			z[i * K + k] = float_output(problem->data->x + (first + i) * D,
				params + k * D, params[K * D + k], D, F);
}

/* ---- losses and gradients of a batch ---- */

void *sums_new(struct sums *sums, const struct problem *problem, int with_bounds)
{
	const size_t P = problem_params(problem), K = problem->outputs;
	const size_t doubles = with_bounds ? 3 * P : P;
	struct bounded *block = calloc(1, 3 * K * sizeof *block + doubles * sizeof(double));

	if (!block)
		return NULL;
	*sums = (struct sums){.network = problem_network(problem),
		.z = block,
		.value = block + K,
		.slope = block + 2 * K};
	sums->gradient = (double *)(block + 3 * K);
	if (with_bounds) {
		sums->gradient_terms = sums->gradient + P;
		sums->gradient_errors = sums->gradient_terms + P;
	}
	return block;
}

static struct bounded bounded_output(const struct sums *sums, const struct problem *problem,
	const double *params, size_t row, size_t k)
{
	return (struct bounded){reference_output(problem, params, row, k),
		sums->gradient_terms ? bounds_output(problem, params, row, k) : 0.0};
}

static void add_loss(struct sums *sums, struct bounded value)
{
	sums->loss += value.value;
	sums->loss_terms += fabs(value.value) + value.error;
	sums->loss_errors += value.error;
}

/* Adds the slope of output k times its derivatives: x for weights, 1 for the bias. */
static void add_slope(struct sums *sums, const struct problem *problem, size_t row, size_t k,
	struct bounded slope)
{
	const size_t D = problem->data->features, bias = problem->outputs * D + k;
	const float *x = problem->data->x + row * D;
	const double size = fabs(slope.value) + slope.error;
	size_t j;

	for (j = 0; j < D; j++)
		sums->gradient[k * D + j] += slope.value * (double)x[j];
	sums->gradient[bias] += slope.value;
	if (!sums->gradient_terms)
		return;
	for (j = 0; j < D; j++) {
		const double xj = fabs((double)x[j]);

		sums->gradient_terms[k * D + j] += size * xj;
		sums->gradient_errors[k * D + j] += slope.error * xj + (double)FLT_MIN;
	}
	sums->gradient_terms[bias] += size;
	sums->gradient_errors[bias] += slope.error;
}

/* Adds the row's losses, and leaves its slopes in sums->slope. */
static void add_losses(
	struct sums *sums, const struct problem *problem, const double *params, size_t row)
{
	const float *y = problem->data->y + row * problem->data->outputs;
	const double weight = problem->weights ? (double)problem->weights[row] : 1.0;
	size_t k;

	for (k = 0; k < problem->outputs; k++)
		sums->z[k] = bounded_output(sums, problem, params, row, k);
	losses_of_row(problem, y, weight, sums->z, sums->value, sums->slope);
	for (k = 0; k < problem->outputs; k++)
		add_loss(sums, sums->value[k]);
}

static void add_row(
	struct sums *sums, const struct problem *problem, const double *params, size_t row)
{
	size_t k;

	add_losses(sums, problem, params, row);
	for (k = 0; k < problem->outputs; k++)
		add_slope(sums, problem, row, k, sums->slope[k]);
}

static void clear_bias_gradients(struct sums *sums, const struct problem *problem)
{
	const size_t weights = problem->outputs * problem->data->features;
	const size_t bytes = problem->outputs * sizeof(double);

	memset(sums->gradient + weights, 0, bytes);
	if (!sums->gradient_terms)
		return;
	memset(sums->gradient_terms + weights, 0, bytes);
	memset(sums->gradient_errors + weights, 0, bytes);
}

void reference_sums(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params)
{
	const size_t P = problem_params(problem);
	size_t i;

	sums->loss = sums->loss_terms = sums->loss_errors = 0.0;
	memset(sums->gradient, 0, (sums->gradient_terms ? 3 : 1) * P * sizeof(double));
	for (i = 0; i < batch->count; i++)
		add_row(sums, problem, params, batch_row(batch, i));
	if (problem->update.no_bias)
		clear_bias_gradients(sums, problem);
}

void reference_losses(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params)
{
	size_t i;

	sums->loss = sums->loss_terms = sums->loss_errors = 0.0;
	for (i = 0; i < batch->count; i++)
		add_losses(sums, problem, params, batch_row(batch, i));
}
