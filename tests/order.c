#include "order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 16, BLOCK = 64 };

static size_t feature_lanes(size_t D)
{
	size_t F = 1;

	if (D >= 9)
		return 16;
	while (F < D)
		F *= 2;
	return F;
}

/* l + (l + n/2), and so on down to one */
static float halve(float *lanes, size_t n)
{
	size_t l;

	for (; n > 1; n /= 2)
		for (l = 0; l < n / 2; l++)
			lanes[l] = lanes[l] + lanes[l + n / 2];
	return lanes[0];
}

float order_output(const struct order_problem *p, const float *params, size_t row, size_t k)
{
	const size_t D = p->features, F = feature_lanes(D);
	const float *x = p->x + row * D, *w = params + k * D;
	float lanes[LANES];
	size_t l, j;

	for (l = 0; l < F; l++) {
		lanes[l] = 0.0f;
		for (j = l; j < D; j += F)
			lanes[l] = fmaf(w[j], x[j], lanes[l]);
	}
	return halve(lanes, F) + params[p->outputs * D + k];
}

/* The pairwise tree over block indices, lane by lane: (blocks, LANES) to its first row. */
static void tree(float *sums, size_t blocks)
{
	size_t i, l;

	for (; blocks > 1; blocks = (blocks + 1) / 2)
		for (i = 0; i < (blocks + 1) / 2; i++)
			for (l = 0; l < LANES; l++)
				sums[i * LANES + l] =
					2 * i + 1 < blocks ? sums[2 * i * LANES + l] +
								     sums[(2 * i + 1) * LANES + l]
							   : sums[2 * i * LANES + l];
}

/* Adds value (N) up in 16 row lanes a block; sums has room for all blocks. */
static float sum_rows(const float *value, size_t rows, float *sums)
{
	size_t blocks = (rows + BLOCK - 1) / BLOCK, i;

	memset(sums, 0, blocks * LANES * sizeof *sums);
	for (i = 0; i < rows; i++) {
		float *lane = sums + i / BLOCK * LANES + i % BLOCK % LANES;

		*lane = *lane + value[i];
	}
	tree(sums, blocks);
	return halve(sums, LANES);
}

/* The same of slope (N) times feature j, by fma, in L row lanes. */
static float sum_products(const struct order_problem *p, const float *slope, size_t j, float *sums)
{
	const size_t L = LANES / feature_lanes(p->features), blocks = (p->rows + BLOCK - 1) / BLOCK;
	size_t i;

	memset(sums, 0, blocks * LANES * sizeof *sums);
	for (i = 0; i < p->rows; i++) {
		float *lane = sums + i / BLOCK * LANES + i % BLOCK % L;

		*lane = fmaf(slope[i], p->x[i * p->features + j], *lane);
	}
	tree(sums, blocks);
	return halve(sums, L);
}

float order_gradient(const struct order_problem *p, const float *params, float *gradient)
{
	const size_t N = p->rows, D = p->features, K = p->outputs;
	const float scale = (float)(1.0 / ((double)N * (double)K));
	float *slope = malloc(N * sizeof *slope), *value = malloc(N * sizeof *value);
	float *sums = malloc((N + BLOCK) / BLOCK * LANES * sizeof *sums);
	float loss = 0.0f;
	size_t i, j, k;

	for (k = 0; k < K; k++) {
		for (i = 0; i < N; i++) {
			float d = order_output(p, params, i, k) - p->y[i * K + k];

			value[i] = d * d;
			slope[i] = d + d;
		}
		loss = loss + sum_rows(value, N, sums);
		for (j = 0; j < D; j++)
			gradient[k * D + j] = sum_products(p, slope, j, sums) * scale;
		gradient[K * D + k] = sum_rows(slope, N, sums) * scale;
	}
	free(slope);
	free(value);
	free(sums);
	return loss * scale;
}

void order_update(float *params, const float *gradient, float lr, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		params[i] = fmaf(-lr, gradient[i], params[i]);
}
