/*
 * bounds.c: how far a step in float, in our order of sums, may be from the reference.
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
 *	mean		2: the rounding of 1/M, and the product with it
 *
 * What an error of the output does to value and slope is losses.c's.  A product below the
 * normal range may be flushed to 0 by some devices: 2^-126 for each.  The reference errs
 * itself, by the same rule with u = 2^-53. Where the sum of magnitudes is beyond float's range,
 * float may overflow, and no bound is to be had.
 */
#include "losses.h"
#include "grid.h"
#include "reference.h"

#include <float.h>
#include <math.h>
#include <string.h>

static double gamma_of(double operations, double u)
{
	return operations * u / (1.0 - operations * u);
}

struct depths {
	double output, loss, bias, weight;
	double reference; /* of the reference's own sums, already as a relative error */
};

static struct depths depths_of(const struct problem *problem)
{
	const size_t D = problem->data->features, N = problem->data->rows;
	const struct grid g = grid_of(D);
	const double tree = (double)grid_levels(grid_blocks(N));
	const double mean = 2.0;
	struct depths d;

	d.output = (double)(g.chunks + grid_levels(g.lanes) + 1);
	d.bias = (double)GRID_BLOCK / GRID_LANES + tree + (double)grid_levels(GRID_LANES) + mean;
	d.loss = d.bias + (double)problem->outputs;
	d.weight = (double)GRID_BLOCK / (double)g.rows + tree + (double)grid_levels(g.rows) + mean;
	d.reference = gamma_of((double)N * (double)problem->outputs + (double)D + 4.0, 0x1p-53);
	return d;
}

/* Sums of magnitudes of what is added up, and of the errors that come with it. */
struct magnitudes {
	double terms, errors;
};

static void add(struct magnitudes *m, double term, double error)
{
	m->terms += fabs(term) + error;
	m->errors += error;
}

/* The bound of a sum of that depth, before the mean. */
static double bound_of(const struct magnitudes *m, double depth, const struct depths *d)
{
	return m->errors + (gamma_of(depth, FLOAT_ROUNDING) + d->reference) * m->terms;
}

/* How far the kernel's output may be from z. */
static double output_error(const struct problem *problem, const double *params, size_t row,
	size_t k, const struct depths *d)
{
	const size_t D = problem->data->features;
	const float *x = problem->data->x + row * D;
	double sum = fabs(params[problem->outputs * D + k]);
	size_t j;

	for (j = 0; j < D; j++)
		sum += fabs(params[k * D + j] * (double)x[j]);
	return (gamma_of(d->output, FLOAT_ROUNDING) + d->reference) * sum +
	       (double)(D + 1) * FLT_MIN;
}

/* What one row and output adds: to the loss, and to each gradient's bound; errors of slopes
 * are kept in next_bound, which is filled last. */
static void add_row(struct reference_step *step, struct magnitudes *loss,
	const struct problem *problem, const double *params, size_t i, size_t k,
	const struct depths *d)
{
	const struct loss_formula *formula = &loss_formulas[problem->loss];
	const size_t D = problem->data->features, K = problem->outputs;
	const float *x = problem->data->x + i * D;
	const double z = reference_output(problem, params, i, k),
		     y = (double)problem->data->y[i * K + k];
	const double e = output_error(problem, params, i, k, d);
	const double slope_error = formula->slope_error(z, y, e) + FLT_MIN;
	const double slope = fabs(formula->slope(z, y)) + slope_error;
	size_t j;

	add(loss, formula->value(z, y), formula->value_error(z, y, e) + FLT_MIN);
	for (j = 0; j < D; j++) {
		const double xj = fabs((double)x[j]);

		step->gradient_bound[k * D + j] += slope * xj;
		step->next_bound[k * D + j] += slope_error * xj + FLT_MIN;
	}
	step->gradient_bound[K * D + k] += slope;
	step->next_bound[K * D + k] += slope_error;
}

/* NaN is beyond float, too. */
static int holds(double magnitude)
{
	return magnitude <= (double)FLT_MAX;
}

/* From sums of magnitudes to bounds; returns whether float could hold them all. */
static int finish(struct reference_step *step, const struct problem *problem, const double *params,
	double lr, const struct depths *d)
{
	const size_t D = problem->data->features, K = problem->outputs, P = K * (D + 1);
	const double M = (double)problem->data->rows * (double)K;
	/* A rate below the normal range may be flushed to 0. */
	const double lr_error = fmax(FLOAT_ROUNDING * fabs(lr), (double)FLT_MIN);
	int held = 1;
	size_t p;

	for (p = 0; p < P; p++) {
		const struct magnitudes m = {step->gradient_bound[p], step->next_bound[p]};
		const double g = bound_of(&m, p < K * D ? d->weight : d->bias, d) / M + FLT_MIN;
		const double slope = fabs(step->gradient[p]) + g, move = fabs(lr) * slope;
		const double size = fabs(params[p]) + 2.0 * move;

		step->gradient_bound[p] = g;
		/* lr is rounded to float, and so is the result. */
		step->next_bound[p] =
			fabs(lr) * g + lr_error * slope + FLOAT_ROUNDING * size + (double)FLT_MIN;
		held = held && holds(m.terms) && holds(size);
	}
	return held;
}

static void no_bounds(struct reference_step *step, size_t P)
{
	size_t p;

	step->loss_bound = INFINITY;
	for (p = 0; p < P; p++)
		step->gradient_bound[p] = step->next_bound[p] = INFINITY;
}

void bounds_take(
	struct reference_step *step, const struct problem *problem, const double *params, double lr)
{
	const size_t N = problem->data->rows, K = problem->outputs,
		     P = K * (problem->data->features + 1);
	const struct depths d = depths_of(problem);
	struct magnitudes loss = {0.0, 0.0};
	int held;
	size_t i, k;

	memset(step->gradient_bound, 0, P * sizeof *step->gradient_bound);
	memset(step->next_bound, 0, P * sizeof *step->next_bound);
	for (i = 0; i < N; i++)
		for (k = 0; k < K; k++)
			add_row(step, &loss, problem, params, i, k, &d);
	step->loss_bound = bound_of(&loss, d.loss, &d) / ((double)N * (double)K) + FLT_MIN;
	held = finish(step, problem, params, lr, &d);
	if (!held || !holds(loss.terms))
		no_bounds(step, P);
}
