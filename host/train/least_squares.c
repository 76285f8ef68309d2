/*
 * least_squares.c: solves the normal equations of scaled features (cholesky.h).
 *
 *	R (D, D) = moments / (scale_i scale_j), whose diagonal is 1; the correlations, if the
 *	moments are about the means
 *	R = L L' in the order of the pivots; R u = c, weight = u / scale
 *	s^2 = residual sum of squares / degrees of freedom
 *	variance of a weight	s^2 (R^-1)_jj / scale_j^2
 *	variance of the bias	s^2 (1/W + v' R^-1 v), v = -mean / scale: that of z at x = 0
 *
 * A number of R has an error of at most `error`, from the roundings of the moments.
 */
#include "cholesky.h"
#include "moments.h"
#include "training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct normal_equations {
	const struct regression *regression; /* borrowed */
	struct cholesky r;                   /* of the features */
	double *right, *u;                   /* (D) R u = right */
};

/* ---- the matrix ---- */

/* Returns the product moment of columns a and b: about their means, or about 0 without a bias. */
static double moment(const struct regression *r, size_t a, size_t b)
{
	const struct moments *m = r->moments;
	const double centered = m->products[a * (m->features + m->targets) + b];

	return r->no_bias ? fma(m->weight * m->mean[a], m->mean[b], centered) : centered;
}

static void make_matrix(struct normal_equations *e)
{
	const struct moments *m = e->regression->moments;
	struct cholesky *r = &e->r;
	double worst = 1.0;
	size_t i, j;

	for (i = 0; i < r->n; i++)
		for (j = 0; j < r->n; j++)
			r->matrix[i * r->n + j] = moment(e->regression, i, j);
	cholesky_scale(r);
	for (i = 0; i < r->n; i++)
		worst = fmax(worst, m->reach[i] / r->scale[i]);
	r->error = (m->roundings + 4.0) * 0x1p-53 * worst * worst;
}

/* ---- the solution ---- */

struct solution {
	gf_least_squares base; /* first: the caller frees the block by its address */
	double *weight, *weight_error, *bias, *bias_error, *residual; /* base's arrays, not const */
};

/* Allocates the struct and its arrays in one block. */
static struct solution *solution_new(size_t features, size_t outputs)
{
	const size_t doubles = 2 * outputs * (features + 1) + outputs;
	struct solution *f = calloc(1, sizeof *f + doubles * sizeof(double));

	if (!f)
		return NULL;
	f->weight = (double *)(f + 1);
	f->bias = f->weight + outputs * features;
	f->weight_error = f->bias + outputs;
	f->bias_error = f->weight_error + outputs * features;
	f->residual = f->bias_error + outputs;
	f->base = (gf_least_squares){features, outputs, 0, NAN, f->weight, f->weight_error, f->bias,
		f->bias_error, f->residual};
	return f;
}

static double scale_of(const struct regression *r, size_t j)
{
	return r->scale ? r->scale[j] : 1.0;
}

static double center_of(const struct regression *r, size_t j)
{
	return r->center ? r->center[j] : 0.0;
}

/* Returns the distance from the mean of feature j to where x is 0, in the moments' units. */
static double mean_to_zero(const struct regression *r, size_t j)
{
	return -center_of(r, j) / scale_of(r, j) - r->moments->mean[j];
}

/* Returns the standard deviation of output k's residuals; its normal equations are solved. */
static double residual_of(const struct normal_equations *e, size_t k)
{
	const struct regression *r = e->regression;
	const double freedom = (double)r->moments->rows - (double)e->r.n - (r->no_bias ? 0.0 : 1.0);
	const double squares = double_double_subtract_dot(
		moment(r, e->r.n + k, e->r.n + k), e->right, e->u, e->r.n);

	return freedom > 0.0 ? sqrt(fmax(squares, 0.0) / freedom) : (double)NAN;
}

static void solve_output(struct normal_equations *e, struct solution *f, size_t k)
{
	const struct regression *r = e->regression;
	const size_t D = e->r.n, y = D + k;
	struct double_double bias = {r->moments->mean[y], 0.0};
	size_t j;

	for (j = 0; j < D; j++)
		e->right[j] = moment(r, j, y) / e->r.scale[j];
	cholesky_solve_refined(&e->r, e->right, e->u);
	for (j = 0; j < D; j++) {
		const double weight = e->u[j] / e->r.scale[j];

		f->weight[k * D + j] = weight / scale_of(r, j);
		bias = double_double_add_product(bias, weight, mean_to_zero(r, j));
	}
	f->bias[k] = r->no_bias ? 0.0 : bias.high + bias.low;
	f->residual[k] = residual_of(e, k);
}

/* Computes the standard errors of weights (D) and bias, for residuals of deviation 1. */
static void unit_errors(struct normal_equations *e, double *weights, double *bias)
{
	const struct regression *r = e->regression;
	const size_t D = e->r.n;
	size_t i, j;

	for (j = 0; j < D; j++) {
		for (i = 0; i < D; i++)
			e->r.v[i] = e->r.order[i] == j;
		weights[j] = sqrt(cholesky_inverse_square(&e->r, e->r.v)) / e->r.scale[j] /
			     scale_of(r, j);
	}
	for (i = 0; i < D; i++)
		e->r.v[i] = mean_to_zero(r, e->r.order[i]) / e->r.scale[e->r.order[i]];
	*bias = r->no_bias
			? 0.0
			: sqrt(1.0 / r->moments->weight + cholesky_inverse_square(&e->r, e->r.v));
}

static gf_status solve_all(struct normal_equations *e, struct solution *f, gf_error *err)
{
	const size_t D = e->r.n;
	double bias;
	size_t j, k;

	TRY(cholesky_condition(&e->r, &f->base.condition, err));
	for (k = 0; k < f->base.outputs; k++)
		solve_output(e, f, k);
	unit_errors(e, e->r.rest, &bias);
	for (k = 0; k < f->base.outputs; k++) {
		for (j = 0; j < D; j++)
			f->weight_error[k * D + j] = f->residual[k] * e->r.rest[j];
		f->bias_error[k] = f->residual[k] * bias;
	}
	return GF_OK;
}

/* Leaves out the arrays: the features depend on each other, so there is no unique solution. */
static void hide_solution(struct solution *f)
{
	f->base.weight = f->base.weight_error = f->base.bias = f->base.bias_error =
		f->base.residual = NULL;
}

static gf_status allocate(struct normal_equations *e, const struct regression *r, gf_error *err)
{
	const size_t D = r->moments->features;

	*e = (struct normal_equations){.regression = r, .right = calloc(2 * D, sizeof *e->right)};
	if (!e->right)
		return gf_fail_memory(err, 2 * D * sizeof *e->right, "the normal equations");
	e->u = e->right + D;
	return cholesky_new(&e->r, D, "the normal equations", err);
}

gf_status least_squares_find(
	gf_least_squares **found, const struct regression *regression, gf_error *err)
{
	const struct moments *m = regression->moments;
	struct solution *f = solution_new(m->features, m->targets);
	struct normal_equations e;
	gf_status status;

	*found = NULL;
	if (!f)
		return gf_fail_memory(err, sizeof *f, "the least squares solution");
	status = allocate(&e, regression, err);
	if (!status) {
		make_matrix(&e);
		cholesky_factorize(&e.r);
		f->base.rank = e.r.rank;
		if (e.r.rank < e.r.n || !(m->weight > 0.0))
			hide_solution(f);
		else
			status = solve_all(&e, f, err);
	}
	cholesky_free(&e.r);
	free(e.right);
	if (status)
		free(f);
	else
		*found = &f->base;
	return status;
}
