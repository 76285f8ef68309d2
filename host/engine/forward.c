/* forward.c: outputs of a linear model in floats, on the host, in the order of sums. */
#include "reference_step.h"
#include "sum_order.h"

#include <math.h>

/* Returns x.w + b as the kernels compute it: lane l sums up features l, l + F, ..., then lanes are
 * added by halving. */
static float float_output(const float *x, const float *w, float b, size_t features, size_t F)
{
	float lanes[SUM_LANES] = {0};
	size_t l, j, n;

	for (l = 0; l < F; l++)
		for (j = l; j < features; j += F)
			lanes[l] = fmaf(w[j], x[j], lanes[l]);
	for (n = F / 2; n > 0; n /= 2)
		for (l = 0; l < n; l++)
			lanes[l] = lanes[l] + lanes[l + n];
	return lanes[0] + b;
}

/* The same of a sparse row, with the same bits: the other terms are 0. */
static float sparse_output(
	const struct sparse_rows *rows, size_t row, const float *w, float b, size_t F)
{
	float lanes[SUM_LANES] = {0};
	size_t l, n;
	uint64_t i;

	for (i = rows->start[row]; i < rows->start[row + 1]; i++) {
		l = rows->index[i] % F;
		lanes[l] = fmaf(w[rows->index[i]], rows->value[i], lanes[l]);
	}
	for (n = F / 2; n > 0; n /= 2)
		for (l = 0; l < n; l++)
			lanes[l] = lanes[l] + lanes[l + n];
	return lanes[0] + b;
}

void forward_outputs(
	const struct problem *problem, const float *params, size_t first, size_t rows, float *z)
{
	const size_t D = problem->data->features, K = problem->outputs;
	const size_t F = sum_order_of(D).lanes;
	const gf_dataset *data = problem->data;
	size_t i, k;

	for (i = 0; i < rows; i++)
		for (k = 0; k < K; k++) {
			const float *w = params + k * D, b = params[K * D + k];

			z[i * K + k] =
				data->sparse ? sparse_output(data->sparse, first + i, w, b, F)
					     : float_output(data->x + (first + i) * D, w, b, D, F);
		}
}
