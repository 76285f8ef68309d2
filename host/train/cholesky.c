#include "cholesky.h"
#include "curvature.h"

#include <math.h>
#include <stdlib.h>

/* Lanczos' method needs far fewer products than it may use. */
enum { REFINEMENTS = 3, PRODUCTS = 500 };

/* ---- sums with twice the digits ---- */

/* Ogita, Rump, Oishi, Accurate sum and dot product, 2005: Dot2. */
struct double_double double_double_add_product(struct double_double sum, double a, double b)
{
	const double p = a * b, p_error = fma(a, b, -p);
	const double s = sum.high + p, z = s - sum.high;
	const double s_error = (sum.high - (s - z)) + (p - z);

	return (struct double_double){s, sum.low + (p_error + s_error)};
}

double double_double_subtract_dot(double first, const double *a, const double *b, size_t n)
{
	struct double_double sum = {first, 0.0};
	size_t i;

	for (i = 0; i < n; i++)
		sum = double_double_add_product(sum, -a[i], b[i]);
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

gf_status cholesky_new(struct cholesky *c, size_t n, const char *what, gf_error *err)
{
	const size_t bytes = (2 * n * n + 3 * n) * sizeof(double) + n * sizeof(size_t);

	*c = (struct cholesky){.n = n, .matrix = calloc(1, bytes)};
	if (!c->matrix)
		return gf_fail_memory(err, bytes, what);
	c->factor = c->matrix + n * n;
	c->scale = c->factor + n * n;
	c->rest = c->scale + n;
	c->v = c->rest + n;
	c->order = (size_t *)(c->v + n);
	return GF_OK;
}

void cholesky_free(struct cholesky *c)
{
	free(c->matrix);
	*c = (struct cholesky){0};
}

void cholesky_scale(struct cholesky *c)
{
	size_t i, j;

	for (i = 0; i < c->n; i++) {
		const double square = c->matrix[i * c->n + i];

		c->scale[i] = square > 0.0 ? sqrt(square) : 1.0;
	}
	for (i = 0; i < c->n; i++)
		for (j = 0; j < c->n; j++)
			c->matrix[i * c->n + j] =
				c->matrix[i * c->n + j] / c->scale[i] / c->scale[j];
}

/* ---- its factor ---- */

static void swap(double *a, double *b)
{
	const double c = *a;

	*a = *b;
	*b = c;
}

/* Exchanges rows and columns i and p of the part that is not yet factorized. */
static void exchange(struct cholesky *c, size_t i, size_t p)
{
	const size_t n = c->n, previous = c->order[i];
	size_t j;

	if (p == i)
		return;
	c->order[i] = c->order[p];
	c->order[p] = previous;
	swap(c->rest + i, c->rest + p);
	for (j = 0; j < i; j++)
		swap(c->factor + i * n + j, c->factor + p * n + j);
}

/* Returns the place of the next pivot, of those from `rank` on; n: all that are left count as 0. */
typedef size_t next_pivot(const struct cholesky *c);

static double least_pivot(const struct cholesky *c)
{
	return (double)c->n * c->error;
}

static size_t largest_pivot(const struct cholesky *c)
{
	size_t p = c->rank, j;

	for (j = p + 1; j < c->n; j++)
		p = c->rest[j] > c->rest[p] ? j : p;
	return c->rest[p] > least_pivot(c) ? p : c->n;
}

static size_t first_pivot(const struct cholesky *c)
{
	size_t p = c->rank;

	while (p < c->n && !(c->rest[p] > least_pivot(c)))
		p++;
	return p;
}

/* Adds column k of L, where the pivot now is.  rest is the diagonal of the part that is not yet
 * factorized. */
static void add_column(struct cholesky *c, size_t k)
{
	const size_t n = c->n;
	size_t j;

	c->factor[k * n + k] = sqrt(c->rest[k]);
	for (j = k + 1; j < n; j++) {
		double *row = c->factor + j * n;
		const double left =
			c->matrix[c->order[j] * n + c->order[k]] - dot(row, c->factor + k * n, k);

		row[k] = left / c->factor[k * n + k];
		c->rest[j] -= row[k] * row[k];
	}
}

static void factorize(struct cholesky *c, next_pivot *next)
{
	size_t i, p;

	for (i = 0; i < c->n; i++)
		c->rest[i] = c->matrix[c->order[i] * c->n + c->order[i]];
	for (c->rank = 0; c->rank < c->n; c->rank++) {
		p = next(c);
		if (p == c->n)
			return;
		exchange(c, c->rank, p);
		add_column(c, c->rank);
	}
}

void cholesky_factorize(struct cholesky *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		c->order[i] = i;
	factorize(c, largest_pivot);
}

void cholesky_factorize_in_order(struct cholesky *c)
{
	factorize(c, first_pivot);
}

/* Replaces v (rank), in the order of the pivots, by L^-1 v.  Numbers before the first of v that is
 * not 0 stay 0. */
static void solve_lower(const struct cholesky *c, double *v)
{
	size_t i, first = 0;

	while (first < c->rank && v[first] == 0.0)
		first++;
	for (i = first; i < c->rank; i++) {
		const double *row = c->factor + i * c->n;

		v[i] = (v[i] - dot(row + first, v + first, i - first)) / row[i];
	}
}

/* Replaces v (rank), in the order of the pivots, by L'^-1 v. */
static void solve_upper(const struct cholesky *c, double *v)
{
	size_t i, j;

	for (i = c->rank; i-- > 0;) {
		v[i] /= c->factor[i * c->n + i];
		for (j = 0; j < i; j++)
			v[j] = fma(-c->factor[i * c->n + j], v[i], v[j]);
	}
}

void cholesky_solve(struct cholesky *c, const double *v, double *out)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		c->v[i] = v[c->order[i]];
	solve_lower(c, c->v);
	solve_upper(c, c->v);
	for (i = 0; i < c->n; i++)
		out[c->order[i]] = i < c->rank ? c->v[i] : 0.0;
}

void cholesky_solve_refined(struct cholesky *c, const double *right, double *u)
{
	size_t i, iteration;

	cholesky_solve(c, right, u);
	for (iteration = 0; iteration < REFINEMENTS; iteration++) {
		for (i = 0; i < c->n; i++)
			c->rest[i] =
				double_double_subtract_dot(right[i], c->matrix + i * c->n, u, c->n);
		cholesky_solve(c, c->rest, c->rest);
		for (i = 0; i < c->n; i++)
			u[i] += c->rest[i];
	}
}

double cholesky_inverse_square(const struct cholesky *c, double *v)
{
	solve_lower(c, v);
	return dot(v, v, c->rank);
}

void cholesky_dependency(const struct cholesky *c, size_t place, double *shares)
{
	size_t i;

	for (i = 0; i < c->rank; i++)
		shares[i] = c->factor[place * c->n + i];
	solve_upper(c, shares);
}

/* ---- the condition number ---- */

static gf_status product(void *matrix, const double *v, double *out, gf_error *err)
{
	const struct cholesky *c = matrix;
	size_t i;

	(void)err;
	for (i = 0; i < c->n; i++)
		out[i] = dot(c->matrix + i * c->n, v, c->n);
	return GF_OK;
}

static gf_status inverse_product(void *matrix, const double *v, double *out, gf_error *err)
{
	(void)err;
	cholesky_solve(matrix, v, out);
	return GF_OK;
}

gf_status cholesky_condition(struct cholesky *c, double *condition, gf_error *err)
{
	struct lanczos l = {
		.product = product, .matrix = c, .n = c->n, .products = PRODUCTS, .noise = 1e-14};
	struct spectrum spectrum, inverse;

	TRY(lanczos_find(&spectrum, &l, err));
	l.product = inverse_product;
	TRY(lanczos_find(&inverse, &l, err));
	*condition = spectrum.largest * inverse.largest;
	return GF_OK;
}
