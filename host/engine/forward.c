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

void forward_outputs(
	const struct problem *problem, const float *params, size_t first, size_t rows, float *z)
{
	const size_t D = problem->data->features, K = problem->outputs;
	const size_t F = sum_order_of(D).lanes;
	size_t i, k;

	for (i = 0; i < rows; i++)
		for (k = 0; k < K; k++)
			z[i * K + k] = float_output(problem->data->x + (first + i) * D,
				params + k * D, params[K * D + k], D, F);
}
