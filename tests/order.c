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

float order_halve(float *lanes, size_t n)
{
	size_t l;

	for (; n > 1; n /= 2)
		for (l = 0; l < n / 2; l++)
			lanes[l] = lanes[l] + lanes[l + n / 2];
	return lanes[0];
}

float order_output(const struct problem *p, const float *params, size_t row, size_t k)
{
	const size_t D = p->data->features, F = feature_lanes(D);
	const float *x = p->data->x + row * D, *w = params + k * D;
	float lanes[LANES];
	size_t l, j;

	for (l = 0; l < F; l++) {
		lanes[l] = 0.0f;
		for (j = l; j < D; j += F)
			lanes[l] = fmaf(w[j], x[j], lanes[l]);
	}
	return order_halve(lanes, F) + params[p->outputs * D + k];
}

/* Adds up sums (blocks, LANES) into its first row, lane by lane, as a pairwise tree over blocks. */
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

/* One pass over a batch: loss values and slopes (K, count) of its rows, and partial sums of its
 * blocks. */
struct batch_sums {
	const struct problem *p;
	const struct batch *batch;
	float *value, *slope, *sums;
};

/* Adds up value (count), in 16 row lanes for each block. */
static float sum_rows(const struct batch_sums *pass, const float *value)
{
	const size_t rows = pass->batch->count, blocks = (rows + BLOCK - 1) / BLOCK;
	size_t i;

	memset(pass->sums, 0, blocks * LANES * sizeof *pass->sums);
	for (i = 0; i < rows; i++) {
		float *lane = pass->sums + i / BLOCK * LANES + i % BLOCK % LANES;

		*lane = *lane + value[i];
	}
	tree(pass->sums, blocks);
	return order_halve(pass->sums, LANES);
}

/* Adds up slope (count) times feature j by fused multiply-adds, in L row lanes. */
static float sum_products(const struct batch_sums *pass, const float *slope, size_t j)
{
	const gf_dataset *data = pass->p->data;
	const size_t D = data->features, L = LANES / feature_lanes(D);
	const size_t rows = pass->batch->count, blocks = (rows + BLOCK - 1) / BLOCK;
	size_t i;

	memset(pass->sums, 0, blocks * LANES * sizeof *pass->sums);
	for (i = 0; i < rows; i++) {
		float *lane = pass->sums + i / BLOCK * LANES + i % BLOCK % L;

		*lane = fmaf(slope[i], data->x[batch_row(pass->batch, i) * D + j], *lane);
	}
	tree(pass->sums, blocks);
	return order_halve(pass->sums, L);
}

static void take_losses(const struct batch_sums *pass, const float *params)
{
	const size_t K = pass->p->outputs, rows = pass->batch->count;
	float *z = malloc(3 * K * sizeof *z), *value = z + K, *slope = value + K;
	size_t i, k;

	for (i = 0; i < rows; i++) {
		const size_t row = batch_row(pass->batch, i);

		for (k = 0; k < K; k++)
			z[k] = order_output(pass->p, params, row, k);
		order_losses(pass->p, row, z, value, slope);
		for (k = 0; k < K; k++) {
			pass->value[k * rows + i] = value[k];
			pass->slope[k * rows + i] = slope[k];
		}
	}
	free(z);
}

static void take_gradient(const struct batch_sums *pass, float scale, float *gradient)
{
	const size_t D = pass->p->data->features, K = pass->p->outputs;
	size_t j, k;

	for (k = 0; k < K; k++) {
		const float *slope = pass->slope + k * pass->batch->count;

		for (j = 0; j < D; j++)
			gradient[k * D + j] = sum_products(pass, slope, j) * scale;
		gradient[K * D + k] =
			pass->p->update.no_bias ? 0.0f : sum_rows(pass, slope) * scale;
	}
}

float order_gradient(const struct problem *p, const struct batch *batch, const float *params,
	float scale, float *gradient)
{
	const size_t N = batch->count, K = p->outputs;
	float *value = malloc(2 * N * K * sizeof *value), loss = 0.0f;
	float *sums = malloc((N + BLOCK) / BLOCK * LANES * sizeof *sums);
	const struct batch_sums pass = {p, batch, value, value + N * K, sums};
	size_t k;

	take_losses(&pass, params);
	for (k = 0; k < K; k++)
		loss = loss + sum_rows(&pass, value + k * N);
	if (gradient)
		take_gradient(&pass, scale, gradient);
	free(value);
	free(sums);
	return loss * scale;
}
