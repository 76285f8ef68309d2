#include "curvature.h"
#include "rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROUNDS = 1000 };

#define MOST_WORK 4e9 /* multiply-adds: a few seconds, after which the estimate is taken as it is */

/* out (D + 1) = X^T X v, X with a last column of ones */
static void apply(const gf_dataset *data, const double *v, double *out)
{
	const size_t D = data->features;
	size_t i, j;

	memset(out, 0, (D + 1) * sizeof *out);
	for (i = 0; i < data->rows; i++) {
		const float *x = data->x + i * D;
		double dot = v[D];

		for (j = 0; j < D; j++)
			dot += v[j] * (double)x[j];
		for (j = 0; j < D; j++)
			out[j] += dot * (double)x[j];
		out[D] += dot;
	}
}

static double norm(const double *v, size_t n)
{
	double sum = 0.0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i] * v[i];
	return sqrt(sum);
}

/* No pattern that data could have: where x2 = -x1, a start of ones is orthogonal to what is
 * looked for. */
static void start(double *v, size_t n)
{
	struct rng rng;
	size_t i;

	rng_seed(&rng, 0);
	for (i = 0; i < n; i++)
		v[i] = (double)rng_uniform(&rng, -1.0f, 1.0f);
}

/* Largest eigenvalue of X^T X; v (n) and image (n) are scratch. */
static double largest_eigenvalue(const gf_dataset *data, double *v, double *image)
{
	const size_t n = data->features + 1;
	const double rounds = fmin(MOST_ROUNDS, 1.0 + MOST_WORK / ((double)data->rows * (double)n));
	double lambda = 0.0, before;
	size_t i, round = 0;

	start(v, n);
	do {
		before = lambda;
		apply(data, v, image);
		lambda = norm(image, n);
		for (i = 0; i < n; i++)
			v[i] = image[i] / lambda;
	} while (fabs(lambda - before) > 1e-9 * lambda && ++round < (size_t)rounds);
	return lambda;
}

gf_status curvature_lr_limit(double *lr, const gf_dataset *data, gf_error *err)
{
	const size_t n = data->features + 1;
	double *scratch = malloc(2 * n * sizeof *scratch);

	*lr = 0.0;
	if (!scratch)
		return gf_fail_memory(err, 2 * n * sizeof *scratch, "power iteration");
	/* 2 / ((2/M) lambda) */
	*lr = (double)data->rows * (double)data->outputs /
	      largest_eigenvalue(data, scratch, scratch + n);
	free(scratch);
	return GF_OK;
}
