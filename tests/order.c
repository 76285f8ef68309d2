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

static float linear_output(const struct problem *p, const float *params, size_t row, size_t k)
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

float order_output(const struct problem *p, const float *params, size_t row, size_t k)
{
	return p->hidden.count > 0 ? order_network_output(p, params, row, k)
				   : linear_output(p, params, row, k);
}

void order_tree(float *sums, size_t blocks, size_t lanes)
{
	size_t i, l;

	for (; blocks > 1; blocks = (blocks + 1) / 2)
		for (i = 0; i < (blocks + 1) / 2; i++)
			for (l = 0; l < lanes; l++)
				sums[i * lanes + l] =
					2 * i + 1 < blocks ? sums[2 * i * lanes + l] +
								     sums[(2 * i + 1) * lanes + l]
							   : sums[2 * i * lanes + l];
}

/* Adds up value (rows), in 16 row lanes for each block. */
static float sum_rows(const float *value, size_t rows)
{
	const size_t blocks = (rows + BLOCK - 1) / BLOCK;
	float *sums = calloc(blocks * LANES, sizeof *sums), sum;
	size_t i;

	for (i = 0; i < rows; i++) {
		float *lane = sums + i / BLOCK * LANES + i % BLOCK % LANES;

		*lane = *lane + value[i];
	}
	order_tree(sums, blocks, LANES);
	sum = order_halve(sums, LANES);
	free(sums);
	return sum;
}

float order_loss(const float *value, size_t rows, size_t outputs)
{
	float loss = 0.0f;
	size_t k;

	for (k = 0; k < outputs; k++)
		loss = loss + sum_rows(value + k * rows, rows);
	return loss;
}

/* One pass over a batch: loss values and slopes (K, count) of its rows, and partial sums of its
 * blocks. */
struct batch_sums {
	const struct problem *p;
	const struct batch *batch;
	float *value, *slope, *sums;
};

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
	order_tree(pass->sums, blocks, LANES);
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
			z[k] = linear_output(pass->p, params, row, k);
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
		gradient[K * D + k] = pass->p->update.no_bias
					      ? 0.0f
					      : sum_rows(slope, pass->batch->count) * scale;
	}
}

static float linear_gradient(const struct problem *p, const struct batch *batch,
	const float *params, float scale, float *gradient)
{
	const size_t N = batch->count, K = p->outputs;
	float *value = malloc(2 * N * K * sizeof *value), loss;
	float *sums = malloc((N + BLOCK) / BLOCK * LANES * sizeof *sums);
	const struct batch_sums pass = {p, batch, value, value + N * K, sums};

	take_losses(&pass, params);
	loss = order_loss(value, N, K);
	if (gradient)
		take_gradient(&pass, scale, gradient);
	free(value);
	free(sums);
	return loss * scale;
}

float order_gradient(const struct problem *p, const struct batch *batch, const float *params,
	float scale, float *gradient)
{
	return p->hidden.count > 0 ? order_network_gradient(p, batch, params, scale, gradient)
				   : linear_gradient(p, batch, params, scale, gradient);
}
