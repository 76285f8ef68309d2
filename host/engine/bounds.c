/*
 * bounds.c: how far sums of floats may be from the sums of doubles in sums.c.
 *
 * u = 2^-24.  A term that goes through n rounded operations is off by at most gamma(n) = n u /
 * (1 - n u) of itself (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., lemma
 * 3.1), so a sum is off by at most gamma(n) times the sum of its terms' magnitudes.  The number of
 * operations that a term goes through is the depth of the order of sums:
 *
 *	output		C fmas, log2 F halvings, the bias; of a network's layers: dense.c
 *	loss		4 adds (a lane of a block), the tree over blocks, 4 halvings, K
 *	gradient of b	like the loss, without K
 *	gradient of w	64 / L fmas, the tree over blocks, log2 L halvings
 *	norm		P / 16 fmas, 4 halvings
 *	mean		2: the rounding of 1/M, and the product with it
 *
 * and where there are hidden layers:
 *
 *	gradient	64 fmas or adds at most, the tree over blocks
 *	norm		1/16 of the longest row of parameters, the tree over rows, 4 halvings
 *
 * losses.c and activations.c compute how an error of z changes a value and its slope.  Some devices
 * flush a product below the normal range to 0: 2^-126 for each product.  The reference itself errs
 * by the same rule with u = 2^-53.  If the sum of magnitudes is beyond float's range, float may
 * overflow, and there is no bound.
 */
#include "reference.h"
#include "sum_order.h"

#include <math.h>

static double gamma_of(double operations, double u)
{
	return operations * u / (1.0 - operations * u);
}

double bounds_relative(double depth, double terms)
{
	return gamma_of(depth, 0x1p-24) + gamma_of(terms + 4.0, 0x1p-53);
}

static double tree_depth(const struct batch *batch)
{
	return (double)tree_levels(block_count(batch->count));
}

/* Returns value times scale.  terms: the sum of magnitudes, of which rounding makes an error of
 * `relative`; errors: the sum of the terms' own errors. */
static struct bounded scaled(
	double value, double terms, double errors, double relative, double scale)
{
	struct bounded n = {value * scale, (errors + relative * terms) * scale + (double)FLT_MIN};

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

	return scaled(sums->loss, sums->loss_terms, sums->loss_errors,
		bounds_relative(depth, N * K), scale);
}

/* Returns the operations that a term of the gradient of p goes through within a block of rows, and
 * when the lanes of a block are added. */
static double block_depth(const struct sums *sums, const struct batch *batch, size_t p)
{
	const struct network *network = &sums->network;
	size_t lanes;

	if (network->count > 1)
		return (double)(batch->count < BLOCK_ROWS ? batch->count : BLOCK_ROWS);
	lanes = network_is_bias(network, p) ? SUM_LANES
					    : sum_order_of(network->layers[0].inputs).row_lanes;
	return (double)BLOCK_ROWS / (double)lanes + (double)tree_levels(lanes);
}

struct bounded bounds_gradient(
	const struct sums *sums, const struct batch *batch, double scale, size_t p)
{
	const double depth = block_depth(sums, batch, p) + tree_depth(batch) + 2.0;

	return scaled(sums->gradient[p], sums->gradient_terms[p], sums->gradient_errors[p],
		bounds_relative(depth, (double)batch->count), scale);
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

/* Returns the operations before the lanes are added. */
static double squares_depth(const struct network *network)
{
	size_t longest = 0, rows = 0, i;

	if (network->count == 1)
		return (double)network->parameters / SUM_LANES + 1.0;
	for (i = 0; i < network->count; i++) {
		const struct layer *layer = &network->layers[i];

		longest = layer->inputs > longest ? layer->inputs : longest;
		longest = layer->outputs > longest ? layer->outputs : longest;
		rows += layer->outputs + 1;
	}
	return (double)longest / SUM_LANES + 1.0 + (double)tree_levels(rows);
}

struct bounded bounds_squares(const struct squares *squares, const struct network *network)
{
	const double depth = squares_depth(network) + (double)tree_levels(SUM_LANES);

	return scaled(squares->sum, squares->terms, squares->errors,
		bounds_relative(depth, (double)network->parameters), 1.0);
}
