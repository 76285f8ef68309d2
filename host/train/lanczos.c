#include "lanczos.h"
#include "rng.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define LARGEST_TOLERANCE  1e-6 /* of the residual; the eigenvalue's error goes with its square */
#define SMALLEST_TOLERANCE 1e-2
#define ZERO               1e-3 /* of the noise: what is 0 in all but roundings */

/* The matrix in the space spanned so far: symmetric, and only three diagonals of it are not 0. */
struct tridiagonal {
	size_t m;         /* rows */
	double *diagonal; /* (products) */
	double *beside; /* (products): [i] stands at (i, i + 1); the last leads out of the space */
};

/* ---- eigenvalues of the tridiagonal matrix ---- */

/* Above all of them. */
static double upper(const struct tridiagonal *t)
{
	double most = 0.0;
	size_t i;

	for (i = 0; i < t->m; i++) {
		const double before = i > 0 ? t->beside[i - 1] : 0.0;

		most = fmax(most, t->diagonal[i] + before + t->beside[i]);
	}
	return most;
}

/* Row i's pivot of the matrix less x, from that of the row before; never quite 0. */
static double pivot(const struct tridiagonal *t, size_t i, double x, double before, double size)
{
	const double b = i > 0 ? t->beside[i - 1] : 0.0;
	const double d = t->diagonal[i] - x - (i > 0 ? b / before * b : 0.0);

	return fabs(d) > DBL_EPSILON * DBL_EPSILON * size ? d : -DBL_EPSILON * DBL_EPSILON * size;
}

/* How many are below x: as many as there are pivots below 0 (Sylvester's law of inertia). */
static size_t below(const struct tridiagonal *t, double x, double size)
{
	double d = 1.0;
	size_t i, count = 0;

	for (i = 0; i < t->m; i++) {
		d = pivot(t, i, x, d, size);
		count += d < 0.0;
	}
	return count;
}

/* The k-th, from 1, by bisection; 0 where it is below. */
static double eigenvalue(const struct tridiagonal *t, size_t k)
{
	const double size = upper(t);
	double low = 0.0, high = size;

	while (high - low > 4.0 * DBL_EPSILON * high && high > DBL_MIN) {
		const double middle = low + (high - low) / 2.0;

		if (below(t, middle, size) >= k)
			high = middle;
		else
			low = middle;
	}
	return high;
}

/* How far, at most, the whole matrix has an eigenvalue from x, which is one of the space's: what
 * leads out of the space, times the last number of its unit eigenvector.  The square of that is
 * -1 / (d pivot / dx) of the last row, whose terms are all of one sign. */
static double residual(const struct tridiagonal *t, double x)
{
	const double size = upper(t);
	double d = pivot(t, 0, x, 1.0, size), slope = 1.0;
	size_t i;

	for (i = 1; i < t->m; i++) {
		const double ratio = t->beside[i - 1] / d;

		slope = 1.0 + ratio * ratio * slope;
		d = pivot(t, i, x, d, size);
	}
	return t->beside[t->m - 1] / sqrt(slope);
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

static void scale(double *v, double by, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		v[i] *= by;
}

/* Takes off v what the vectors of the basis have of it: twice, as the first time leaves roundings
 * of what it took. */
static void take_off(double *v, const double *basis, size_t vectors, size_t n)
{
	size_t time, i, j;

	for (time = 0; time < 2; time++)
		for (i = 0; i < vectors; i++) {
			const double *q = basis + i * n, share = dot(q, v, n);

			for (j = 0; j < n; j++)
				v[j] -= share * q[j];
		}
}

/* ---- the method ---- */

/* A product of numbers in no pattern that data could have: where x2 = -x1, ones would be
 * orthogonal to what is looked for.  A product has nothing of directions of eigenvalue 0. */
static gf_status start(
	const struct lanczos *l, double *scratch, double *v, double *size, gf_error *err)
{
	gf_status status;
	struct rng rng;
	size_t i;

	rng_seed(&rng, 0);
	for (i = 0; i < l->n; i++)
		scratch[i] = (double)rng_uniform(&rng, -1.0f, 1.0f);
	status = l->product(l->matrix, scratch, v, err);
	if (status)
		return status;
	*size = sqrt(dot(v, v, l->n));
	if (*size > 0.0 && isfinite(*size))
		scale(v, 1.0 / *size, l->n);
	return GF_OK;
}

/* The smallest of the space's eigenvalues that is not 0.  One is 0 where columns depend on each
 * other (words of one column, each a feature, add up to the bias), but for the roundings of floats
 * in the matrix: a share of 2^-48 or so.  A little of its direction grows from step to step until
 * the space has it as well. */
static double smallest_above_0(const struct tridiagonal *t, const struct lanczos *l, double large)
{
	size_t k = 1;
	double value = eigenvalue(t, k);

	while (k < t->m && value + residual(t, value) <= ZERO * l->noise * large)
		value = eigenvalue(t, ++k);
	return value;
}

/* What is known of the whole matrix; returns whether that is all that is wanted, or all there is to
 * be known.  A residual tells that there is an eigenvalue, not that it is the smallest: a start
 * that has little of a direction shows it late.  So the smallest takes as many products as there
 * may be. */
static int judge(const struct tridiagonal *t, const struct lanczos *l, struct spectrum *s)
{
	const double large = eigenvalue(t, t->m);
	const double small = l->both ? smallest_above_0(t, l, large) : (double)NAN;

	s->largest = large;
	s->smallest = NAN;
	if (l->both && small >= 100.0 * l->noise * large &&
		residual(t, small) <= SMALLEST_TOLERANCE * small)
		s->smallest = small;
	if (t->beside[t->m - 1] <= l->noise * large)
		return 1;
	return !l->both && residual(t, large) <= LARGEST_TOLERANCE * large;
}

/* basis (products + 1, n), its first vector the start. */
static gf_status span(struct spectrum *s, const struct lanczos *l, struct tridiagonal *t,
	double *basis, gf_error *err)
{
	gf_status status = GF_OK;
	int done = 0;

	for (t->m = 0; t->m < l->products && t->m < l->n && !done && !status;) {
		const double *v = basis + t->m * l->n;
		double *next = basis + (t->m + 1) * l->n, size;

		status = l->product(l->matrix, v, next, err);
		if (status)
			break;
		t->diagonal[t->m] = dot(v, next, l->n);
		take_off(next, basis, t->m + 1, l->n);
		size = sqrt(dot(next, next, l->n));
		if (!isfinite(size)) {
			*s = (struct spectrum){INFINITY, NAN};
			break;
		}
		t->beside[t->m++] = size;
		done = judge(t, l, s);
		if (!done)
			scale(next, 1.0 / size, l->n);
	}
	return status;
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
	t.beside = t.diagonal + vectors;
	status = start(l, basis + l->n, basis, &size, err);
	if (!status && (size == 0.0 || !isfinite(size)))
		s->largest = size == 0.0 ? 0.0 : (double)INFINITY;
	else if (!status)
		status = span(s, l, &t, basis, err);
	free(basis);
	return status;
}
