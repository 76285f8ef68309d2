/* lanczos.c: the largest and smallest eigenvalue of a symmetric matrix (curvature.h). */
#include "curvature.h"
#include "rng.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Tolerances of the residual, relative to the eigenvalue.  The error of the eigenvalue is
 * proportional to the square of the residual. */
#define LARGEST_TOLERANCE  1e-6
#define SMALLEST_TOLERANCE 1e-2

/* An eigenvalue below this share of the noise is 0, apart from rounding. */
#define ZERO_SHARE 1e-3

/* The matrix as seen in the space spanned so far: symmetric and tridiagonal. */
struct tridiagonal {
	size_t rows;
	double *diagonal;    /* (products) */
	double *offdiagonal; /* (products): [i] is at (i, i + 1); the last leads out of the space */
};

/* ---- eigenvalues of the tridiagonal matrix ---- */

/* Returns a number that no eigenvalue exceeds (Gershgorin). */
static double upper_bound(const struct tridiagonal *t)
{
	double largest = 0.0;
	size_t i;

	for (i = 0; i < t->rows; i++) {
		const double before = i > 0 ? t->offdiagonal[i - 1] : 0.0;

		largest = fmax(largest, t->diagonal[i] + before + t->offdiagonal[i]);
	}
	return largest;
}

/* Returns the pivot of row i of the matrix minus x, from the pivot of the row before; never 0,
 * since the next row divides by it. */
static double pivot(const struct tridiagonal *t, size_t i, double x, double before, double bound)
{
	const double b = i > 0 ? t->offdiagonal[i - 1] : 0.0;
	const double d = t->diagonal[i] - x - (i > 0 ? b / before * b : 0.0);
	const double tiny = DBL_EPSILON * DBL_EPSILON * bound;

	return fabs(d) > tiny ? d : -tiny;
}

/* Returns the number of eigenvalues below x: it is the number of negative pivots (Sylvester's law
 * of inertia). */
static size_t count_below(const struct tridiagonal *t, double x, double bound)
{
	double d = 1.0;
	size_t i, count = 0;

	for (i = 0; i < t->rows; i++) {
		d = pivot(t, i, x, d, bound);
		count += d < 0.0;
	}
	return count;
}

/* Returns the k-th smallest eigenvalue, k counted from 1, by bisection; 0 for a negative one. */
static double eigenvalue(const struct tridiagonal *t, size_t k)
{
	const double bound = upper_bound(t);
	double low = 0.0, high = bound;

	while (high - low > 4.0 * DBL_EPSILON * high && high > DBL_MIN) {
		const double middle = low + (high - low) / 2.0;

		if (count_below(t, middle, bound) >= k)
			high = middle;
		else
			low = middle;
	}
	return high;
}

/* Returns the largest distance from x, an eigenvalue of the tridiagonal matrix, to an eigenvalue of
 * the whole matrix: the last off-diagonal number times the last number of x's unit
 * eigenvector.  The square of the latter is -1 / (d pivot / dx) of the last row, a sum of terms
 * with one sign. */
static double residual(const struct tridiagonal *t, double x)
{
	const double bound = upper_bound(t);
	double d = pivot(t, 0, x, 1.0, bound), slope = 1.0;
	size_t i;

	for (i = 1; i < t->rows; i++) {
		const double ratio = t->offdiagonal[i - 1] / d;

		slope = 1.0 + ratio * ratio * slope;
		d = pivot(t, i, x, d, bound);
	}
	return t->offdiagonal[t->rows - 1] / sqrt(slope);
}

/* ---- vectors ---- */

static double dot(const double *a, const double *b, size_t n)
{
	double sum = 0.0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static void scale(double *v, double factor, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		v[i] *= factor;
}

/* Makes v orthogonal to the vectors of the basis.  Two passes: the first leaves roundings of what
 * it subtracted. */
static void orthogonalize(double *v, const double *basis, size_t vectors, size_t n)
{
	size_t pass, i, j;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < vectors; i++) {
			const double *q = basis + i * n, share = dot(q, v, n);

			for (j = 0; j < n; j++)
				v[j] -= share * q[j];
		}
}

/* ---- the method ---- */

/* Makes the first basis vector v (n), and sets *size to its length before it was scaled to 1.
 * Random numbers follow no pattern that data could have: if x2 = -x1, a vector of ones would be
 * orthogonal to the eigenvector sought.  Their product, v, has no part in directions of eigenvalue
 * 0. */
static gf_status make_start(
	const struct lanczos *l, double *scratch, double *v, double *size, gf_error *err)
{
	struct rng rng;
	size_t i;

	rng_seed(&rng, 0);
	for (i = 0; i < l->n; i++)
		scratch[i] = (double)rng_uniform(&rng, -1.0f, 1.0f);
	TRY(l->product(l->matrix, scratch, v, err));
	*size = sqrt(dot(v, v, l->n));
	if (*size > 0.0 && isfinite(*size))
		scale(v, 1.0 / *size, l->n);
	return GF_OK;
}

/* Returns the smallest eigenvalue of the tridiagonal matrix that is not 0.  One is 0 if columns
 * depend on each other (the indicators of a categorical column add up to the bias), except for
 * roundings of floats in the matrix, about 2^-48 of the largest.  Roundings let its direction grow
 * from step to step until the space contains it. */
static double smallest_above_0(const struct tridiagonal *t, const struct lanczos *l, double largest)
{
	size_t k = 1;
	double value = eigenvalue(t, k);

	while (k < t->rows && value + residual(t, value) <= ZERO_SHARE * l->noise * largest)
		value = eigenvalue(t, ++k);
	return value;
}

/* Estimates the spectrum of the whole matrix, and returns 1 if more products would not improve it.
 * A small residual proves that there is an eigenvalue, not that it is the smallest: a direction
 * that the start has little of appears late.  So the smallest needs all products allowed. */
static int estimate(const struct tridiagonal *t, const struct lanczos *l, struct spectrum *s)
{
	const double largest = eigenvalue(t, t->rows);
	const double smallest = l->both ? smallest_above_0(t, l, largest) : (double)NAN;

	s->largest = largest;
	s->smallest = NAN;
	if (l->both && smallest >= 100.0 * l->noise * largest &&
		residual(t, smallest) <= SMALLEST_TOLERANCE * smallest)
		s->smallest = smallest;
	if (t->offdiagonal[t->rows - 1] <= l->noise * largest)
		return 1;
	return !l->both && residual(t, largest) <= LARGEST_TOLERANCE * largest;
}

/* Extends the space product by product.  basis (products + 1, n) holds the start. */
static gf_status extend(struct spectrum *s, const struct lanczos *l, struct tridiagonal *t,
	double *basis, gf_error *err)
{
	int done = 0;

	for (t->rows = 0; t->rows < l->products && t->rows < l->n && !done;) {
		const double *v = basis + t->rows * l->n;
		double *next = basis + (t->rows + 1) * l->n, size;

		TRY(l->product(l->matrix, v, next, err));
		t->diagonal[t->rows] = dot(v, next, l->n);
		orthogonalize(next, basis, t->rows + 1, l->n);
		size = sqrt(dot(next, next, l->n));
		if (!isfinite(size)) {
			*s = (struct spectrum){INFINITY, NAN};
			return GF_OK;
		}
		t->offdiagonal[t->rows++] = size;
		done = estimate(t, l, s);
		if (!done)
			scale(next, 1.0 / size, l->n);
	}
	return GF_OK;
}

gf_status lanczos_find(struct spectrum *s, const struct lanczos *l, gf_error *err)
{
	const size_t vectors = (l->products < l->n ? l->products : l->n) + 1;
	const size_t doubles = vectors * (l->n + 2);
	double *basis = malloc(doubles * sizeof *basis), size = 0.0;
	struct tridiagonal t = {0};
	gf_status status;

	*s = (struct spectrum){NAN, NAN};
	if (!basis)
		return gf_fail_memory(err, doubles * sizeof *basis, "the largest curvature");
	t.diagonal = basis + vectors * l->n;
	t.offdiagonal = t.diagonal + vectors;
	status = make_start(l, basis + l->n, basis, &size, err);
	if (!status && (size == 0.0 || !isfinite(size)))
		s->largest = size == 0.0 ? 0.0 : (double)INFINITY;
	else if (!status)
		status = extend(s, l, &t, basis, err);
	free(basis);
	return status;
}
