/*
 * bounds.c: how far sums in float, in our order, may be from the reference's.
 *
 * u = 2^-24.  A term that goes through n rounded operations is off by at most gamma(n) = n u /
 * (1 - n u) of itself (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., lemma
 * 3.1), so a sum is off by gamma(n) times the sum of its terms' magnitudes.  How many
 * operations a term goes through is the depth of the order of sums:
 *
 *	output		C fmas, log2 F halvings, the bias
 *	loss		4 adds (a lane of a block), the tree over blocks, 4 halvings, K
 *	gradient of b	the same without the outputs
 *	gradient of w	64 / L fmas, the tree over blocks, log2 L halvings
 *	norm		P / 16 fmas, 4 halvings
 *	mean		2: the rounding of 1/M, and the product with it
 *
 * What an error of the output does to a loss and its slope is losses.c's.  A product below the
 * normal range may be flushed to 0 by some devices: 2^-126 for each.  The reference errs
 * itself, by the same rule with u = 2^-53. Where the sum of magnitudes is beyond float's range,
 * float may overflow, and no bound is to be had.
 */
#include "sum_order.h"
#include "reference.h"

static double gamma_of(double operations, double u)
{
	return operations * u / (1.0 - operations * u);
}

/* The relative error bound of a sum: in float it is `depth` operations deep, and the reference adds
 * `terms` numbers in double. */
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

/* value times scale, off by errors and by so much of the terms. */
static struct bounded scaled(double value, double terms, double errors, double rel, double scale)
{
	struct bounded n = {value * scale, (errors + rel * terms) * scale + (double)FLT_MIN};

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
