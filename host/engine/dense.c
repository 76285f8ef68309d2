/*
 * dense.c: one dense layer of a row in double: z = w a + b, and backwards the slopes of a.
 *
 * The bounds of a linear model's outputs are those of its order of sums (bounds.c).  Where there
 * are hidden layers, sums are taken in order, and the bound is a running one (Higham, Accuracy and
 * Stability of Numerical Algorithms, 2nd ed., section 3.3): each of n operations errs by at most u
 * of its result, and enlarges the error so far by at most 1 + u, so the sum errs by at most
 *
 *	(1 + gamma(n)) (u (sum of |partial sums|) + sum of the errors that the terms bring)
 *
 * Partial sums of terms of both signs are much smaller than the sum of the terms' magnitudes.
 */
#include "reference.h"
#include "sum_order.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 256 /* terms that are added from +0 on, before chunks are added */ };

/* ---- errors ---- */

/* Returns the error of a sum of that many terms.  A device may flush the result of each operation
 * to 0, unless it is 0 anyway. */
static double running_error(double partial_sums, double carried, size_t terms)
{
	const size_t chunks = terms / CHUNK;
	const double n = (double)(terms + chunks);
	const double size = BOUNDED_ROUNDING * partial_sums + carried;

	if (size == 0.0)
		return 0.0;
	if (!(partial_sums + carried <= (double)FLT_MAX))
		return INFINITY;
	return size / (1.0 - n * BOUNDED_ROUNDING) + n * (double)FLT_MIN;
}

/* Returns how far an output of a linear model may be from z, in the order of kernels/lanes.cl.
 * sizes: the sum of its terms' magnitudes. */
static double linear_error(double sizes, size_t features)
{
	const struct sum_order order = sum_order_of(features);
	const double depth = (double)(order.chunks + tree_levels(order.lanes) + 1);

	if (!(sizes <= (double)FLT_MAX))
		return INFINITY;
	return bounds_relative(depth, (double)features) * sizes +
	       (double)(features + 1) * (double)FLT_MIN;
}

/* ---- forward ---- */

static double sum_products(const double *w, const struct bounded *a, size_t count)
{
	double sum = 0.0;
	size_t i;

	for (i = 0; i < count; i++)
		sum += w[i] * a[i].value;
	return sum;
}

static double sum_sizes(const double *w, const struct bounded *a, size_t count)
{
	double sum = 0.0;
	size_t i;

	for (i = 0; i < count; i++)
		sum += fabs(w[i] * a[i].value);
	return sum;
}

/* A linear model is summed as one chunk, however many features it has. */
static struct bounded linear_output(const struct dense *d, const struct bounded *x, size_t o)
{
	const size_t D = d->layer->inputs;
	const double *w = d->params + d->layer->weight + o * D, b = d->params[d->layer->bias + o];

	return (struct bounded){sum_products(w, x, D) + b,
		d->with_bounds ? linear_error(fabs(b) + sum_sizes(w, x, D), D) : 0.0};
}

/* The same from a sparse row, whose other numbers add nothing. */
static struct bounded sparse_output(const struct dense *d, const struct bounded *x, size_t o)
{
	const size_t D = d->layer->inputs;
	const double *w = d->params + d->layer->weight + o * D, b = d->params[d->layer->bias + o];
	double sum = 0.0, sizes = fabs(b);
	size_t i;

	for (i = 0; i < d->nonzeros; i++) {
		const double term = w[d->places[i]] * x[d->places[i]].value;

		sum += term;
		sizes += fabs(term);
	}
	return (struct bounded){sum + b, d->with_bounds ? linear_error(sizes, D) : 0.0};
}

/* Adds the magnitudes of the partial sums to *partial_sums, and the terms' errors to *carried. */
static double sum_with_errors(const double *w, const struct bounded *a, size_t count,
	double *partial_sums, double *carried)
{
	double sum = 0.0, sizes = 0.0, errors = 0.0;
	size_t i;

	for (i = 0; i < count; i++) {
		sum += w[i] * a[i].value;
		sizes += fabs(sum);
		errors += fabs(w[i]) * a[i].error;
	}
	*partial_sums += sizes;
	*carried += errors;
	return sum;
}

static struct bounded network_output(const struct dense *d, const struct bounded *a, size_t o)
{
	const size_t I = d->layer->inputs;
	const double *w = d->params + d->layer->weight + o * I;
	double z = 0.0, partial_sums = 0.0, carried = 0.0;
	size_t first, count;

	for (first = 0; first < I; first += count) {
		count = I - first < CHUNK ? I - first : CHUNK;
		if (d->with_bounds)
			z += sum_with_errors(w + first, a + first, count, &partial_sums, &carried);
		else
			z += sum_products(w + first, a + first, count);
		partial_sums += first ? fabs(z) : 0.0;
	}
	z += d->params[d->layer->bias + o];
	return (struct bounded){z, running_error(partial_sums + fabs(z), carried, I + 1)};
}

void dense_forward(const struct dense *d, const struct bounded *a, struct bounded *z)
{
	size_t o;

	for (o = 0; o < d->layer->outputs; o++)
		z[o] = d->places      ? sparse_output(d, a, o)
		       : d->is_linear ? linear_output(d, a, o)
				      : network_output(d, a, o);
}

/* ---- backward ---- */

/* Adds dz w of one output to the sums of a chunk (I), the magnitudes of these to partial_sums (I),
 * and the errors that dz brings to the errors of slope (I). */
static void add_output(struct bounded dz, const double *w, size_t inputs, double *chunk,
	double *partial_sums, struct bounded *slope)
{
	size_t i;

	for (i = 0; i < inputs; i++) {
		chunk[i] += dz.value * w[i];
		partial_sums[i] += fabs(chunk[i]);
		slope[i].error += dz.error * fabs(w[i]);
	}
}

static void add_chunk(const double *chunk, size_t inputs, int is_first, double *partial_sums,
	struct bounded *slope)
{
	size_t i;

	for (i = 0; i < inputs; i++) {
		slope[i].value += chunk[i];
		partial_sums[i] += is_first ? 0.0 : fabs(slope[i].value);
	}
}

void dense_backward(
	const struct dense *d, const struct bounded *dz, double *scratch, struct bounded *slope)
{
	const size_t I = d->layer->inputs, O = d->layer->outputs;
	double *chunk = scratch, *partial_sums = scratch + I;
	size_t first, o, i;

	memset(partial_sums, 0, I * sizeof *partial_sums);
	memset(slope, 0, I * sizeof *slope);
	for (first = 0; first < O; first += CHUNK) {
		memset(chunk, 0, I * sizeof *chunk);
		for (o = first; o < O && o < first + CHUNK; o++)
			add_output(dz[o], d->params + d->layer->weight + o * I, I, chunk,
				partial_sums, slope);
		add_chunk(chunk, I, first == 0, partial_sums, slope);
	}
	for (i = 0; i < I; i++)
		slope[i].error = running_error(partial_sums[i], slope[i].error, O);
}
