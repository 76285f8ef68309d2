/*
 * least_squares.c: solves the normal equations of scaled features, by Cholesky's method with
 * pivoting (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 10.3).
 *
 *	R (D, D) = moments / (scale_i scale_j), whose diagonal is 1; the correlations, if the
 *	moments are about the means
 *	R = L L' in the order of the pivots; R u = c, weight = u / scale
 *	s^2 = residual sum of squares / degrees of freedom
 *	variance of a weight	s^2 (R^-1)_jj / scale_j^2
 *	variance of the bias	s^2 (1/W + v' R^-1 v), v = -mean / scale: that of z at x = 0
 *
 * A number of R has an error of at most `error`, from the roundings of the moments.  A pivot below
 * D times that counts as 0: the features depend on each other as far as double can tell.  The
 * refinement computes residuals with twice the digits, so that the error left is that of R itself
 * times its condition number.
 */
#include "moments.h"
#include "training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Lanczos' method needs far fewer products than it may use. */
enum { REFINEMENTS = 3, PRODUCTS = 500 };

struct normal_equations {
	const struct regression *regression; /* borrowed */
	size_t n, rank;                      /* D; number of pivots above 0 */
	double error;                        /* bound on the error of a number of R */
	double *matrix;                      /* (D, D) R */
	double *factor;                      /* (D, D) L, rows in the order of the pivots */
	double *scale;                       /* (D) */
	double *right, *u;                   /* (D) R u = right */
	double *rest, *v;                    /* (D) scratch */
	size_t *order;                       /* (D) of the pivots */
};

/* ---- sums with twice the digits ---- */

struct double_double {
	double high, low;
};

/* Returns sum + a b (Ogita, Rump, Oishi, Accurate sum and dot product, 2005: Dot2). */
static struct double_double add_product(struct double_double sum, double a, double b)
{
	const double p = a * b, p_error = fma(a, b, -p);
	const double s = sum.high + p, z = s - sum.high;
	const double s_error = (sum.high - (s - z)) + (p - z);

	return (struct double_double){s, sum.low + (p_error + s_error)};
}

/* Returns first - a.b */
static double subtract_dot(double first, const double *a, const double *b, size_t n)
{
	struct double_double sum = {first, 0.0};
	size_t i;

	for (i = 0; i < n; i++)
		sum = add_product(sum, -a[i], b[i]);
	return sum.high + sum.low;
}

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0.0;
	size_t i;

	for (i = 0; i < n; i++)
		sum = fma(a[i], b[i], sum);
	return sum;
}

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
	double worst = 1.0;
	size_t i, j;

	for (i = 0; i < e->n; i++) {
		const double square = moment(e->regression, i, i);

		e->scale[i] = square > 0.0 ? sqrt(square) : 1.0;
		worst = fmax(worst, m->reach[i] / e->scale[i]);
	}
	for (i = 0; i < e->n; i++)
		for (j = 0; j < e->n; j++)
			e->matrix[i * e->n + j] =
				moment(e->regression, i, j) / e->scale[i] / e->scale[j];
	e->error = (m->roundings + 4.0) * 0x1p-53 * worst * worst;
}

/* ---- its Cholesky factor ---- */

static void swap(double *a, double *b)
{
	const double c = *a;

	*a = *b;
	*b = c;
}

/* Exchanges rows and columns i and p of the part that is not yet factorized. */
static void exchange(struct normal_equations *e, size_t i, size_t p)
{
	const size_t n = e->n, previous = e->order[i];
	size_t j;

	if (p == i)
		return;
	e->order[i] = e->order[p];
	e->order[p] = previous;
	swap(e->rest + i, e->rest + p);
	for (j = 0; j < i; j++)
		swap(e->factor + i * n + j, e->factor + p * n + j);
}

/* Factorizes up to the first pivot that counts as 0.  rest is the diagonal of the part that is not
 * yet factorized. */
static void factorize(struct normal_equations *e)
{
	const size_t n = e->n;
	size_t i, j, p;

	for (i = 0; i < n; i++) {
		e->order[i] = i;
		e->rest[i] = e->matrix[i * n + i];
	}
	for (e->rank = 0; e->rank < n; e->rank++) {
		const size_t k = e->rank;

		for (p = k, j = k + 1; j < n; j++)
			p = e->rest[j] > e->rest[p] ? j : p;
		if (!(e->rest[p] > (double)n * e->error))
			return;
		exchange(e, k, p);
		e->factor[k * n + k] = sqrt(e->rest[k]);
		for (j = k + 1; j < n; j++) {
			double *row = e->factor + j * n;
			const double left = e->matrix[e->order[j] * n + e->order[k]] -
					    dot(row, e->factor + k * n, k);

			row[k] = left / e->factor[k * n + k];
			e->rest[j] -= row[k] * row[k];
		}
	}
}

/* Replaces v (D), in the order of the pivots, by L^-1 v. */
static void solve_lower(const struct normal_equations *e, double *v)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		v[i] = (v[i] - dot(e->factor + i * e->n, v, i)) / e->factor[i * e->n + i];
}

/* Replaces v (D), in the order of the pivots, by L'^-1 v. */
static void solve_upper(const struct normal_equations *e, double *v)
{
	size_t i, j;

	for (i = e->n; i-- > 0;) {
		v[i] /= e->factor[i * e->n + i];
		for (j = 0; j < i; j++)
			v[j] = fma(-e->factor[i * e->n + j], v[i], v[j]);
	}
}

/* out (D) = R^-1 v; out may be v. */
static void solve(struct normal_equations *e, const double *v, double *out)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		e->v[i] = v[e->order[i]];
	solve_lower(e, e->v);
	solve_upper(e, e->v);
	for (i = 0; i < e->n; i++)
		out[e->order[i]] = e->v[i];
}

static void solve_refined(struct normal_equations *e)
{
	size_t i, iteration;

	solve(e, e->right, e->u);
	for (iteration = 0; iteration < REFINEMENTS; iteration++) {
		for (i = 0; i < e->n; i++)
			e->rest[i] = subtract_dot(e->right[i], e->matrix + i * e->n, e->u, e->n);
		solve(e, e->rest, e->rest);
		for (i = 0; i < e->n; i++)
			e->u[i] += e->rest[i];
	}
}

/* Returns v' R^-1 v for v in the order of the pivots.  Overwrites v. */
static double inverse_square(const struct normal_equations *e, double *v)
{
	solve_lower(e, v);
	return dot(v, v, e->n);
}

/* ---- its condition number ---- */

static gf_status product(void *matrix, const double *v, double *out, gf_error *err)
{
	const struct normal_equations *e = matrix;
	size_t i;

	(void)err;
	for (i = 0; i < e->n; i++)
		out[i] = dot(e->matrix + i * e->n, v, e->n);
	return GF_OK;
}

static gf_status inverse_product(void *matrix, const double *v, double *out, gf_error *err)
{
	(void)err;
	solve(matrix, v, out);
	return GF_OK;
}

/* Sets *condition to the largest eigenvalue of R times the largest of its inverse. */
static gf_status find_condition(struct normal_equations *e, double *condition, gf_error *err)
{
	struct lanczos l = {
		.product = product, .matrix = e, .n = e->n, .products = PRODUCTS, .noise = 1e-14};
	struct spectrum spectrum, inverse;

	TRY(lanczos_find(&spectrum, &l, err));
	l.product = inverse_product;
	TRY(lanczos_find(&inverse, &l, err));
	*condition = spectrum.largest * inverse.largest;
	return GF_OK;
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
	const double freedom = (double)r->moments->rows - (double)e->n - (r->no_bias ? 0.0 : 1.0);
	const double squares = subtract_dot(moment(r, e->n + k, e->n + k), e->right, e->u, e->n);

	return freedom > 0.0 ? sqrt(fmax(squares, 0.0) / freedom) : (double)NAN;
}

static void solve_output(struct normal_equations *e, struct solution *f, size_t k)
{
	const struct regression *r = e->regression;
	const size_t D = e->n, y = D + k;
	struct double_double bias = {r->moments->mean[y], 0.0};
	size_t j;

	for (j = 0; j < D; j++)
		e->right[j] = moment(r, j, y) / e->scale[j];
	solve_refined(e);
	for (j = 0; j < D; j++) {
		const double weight = e->u[j] / e->scale[j];

		f->weight[k * D + j] = weight / scale_of(r, j);
		bias = add_product(bias, weight, mean_to_zero(r, j));
	}
	f->bias[k] = r->no_bias ? 0.0 : bias.high + bias.low;
	f->residual[k] = residual_of(e, k);
}

/* Computes the standard errors of weights (D) and bias, for residuals of deviation 1. */
static void unit_errors(struct normal_equations *e, double *weights, double *bias)
{
	const struct regression *r = e->regression;
	const size_t D = e->n;
	size_t i, j;

	for (j = 0; j < D; j++) {
		for (i = 0; i < D; i++)
			e->v[i] = e->order[i] == j;
		weights[j] = sqrt(inverse_square(e, e->v)) / e->scale[j] / scale_of(r, j);
	}
	for (i = 0; i < D; i++)
		e->v[i] = mean_to_zero(r, e->order[i]) / e->scale[e->order[i]];
	*bias = r->no_bias ? 0.0 : sqrt(1.0 / r->moments->weight + inverse_square(e, e->v));
}

static gf_status solve_all(struct normal_equations *e, struct solution *f, gf_error *err)
{
	const size_t D = e->n;
	double bias;
	size_t j, k;

	TRY(find_condition(e, &f->base.condition, err));
	for (k = 0; k < f->base.outputs; k++)
		solve_output(e, f, k);
	unit_errors(e, e->rest, &bias);
	for (k = 0; k < f->base.outputs; k++) {
		for (j = 0; j < D; j++)
			f->weight_error[k * D + j] = f->residual[k] * e->rest[j];
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

/* Allocates one block: the arrays of doubles, then the order. */
static gf_status allocate(struct normal_equations *e, const struct regression *r, gf_error *err)
{
	const size_t D = r->moments->features;
	const size_t bytes = (2 * D * D + 5 * D) * sizeof(double) + D * sizeof(size_t);

	*e = (struct normal_equations){.regression = r, .n = D, .matrix = calloc(1, bytes)};
	if (!e->matrix)
		return gf_fail_memory(err, bytes, "the normal equations");
	e->factor = e->matrix + D * D;
	e->scale = e->factor + D * D;
	e->right = e->scale + D;
	e->u = e->right + D;
	e->rest = e->u + D;
	e->v = e->rest + D;
	e->order = (size_t *)(e->v + D);
	return GF_OK;
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
		factorize(&e);
		f->base.rank = e.rank;
		if (e.rank < e.n || !(m->weight > 0.0))
			hide_solution(f);
		else
			status = solve_all(&e, f, err);
	}
	free(e.matrix);
	if (status)
		free(f);
	else
		*found = &f->base;
	return status;
}
