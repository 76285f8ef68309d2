/*
 * terms.cl: what a tile of 16 rows adds to the sums of one output: its loss and its slope.
 *
 * Outputs are alone, each with its own column of targets, for every loss but cross_entropy
 * (-DSOFTMAX): there y holds the row's class, and
 *
 *	loss	c[k] (log sum_j exp(z[j]) - z[k])		summed over k
 *	slope	S exp(z[k]) / sum_j exp(z[j]) - c[k]		S = sum_k c[k]
 *	c[k]	smooth[k] + (k == y ? hard[k] : 0)
 *
 * which is PyTorch's with smooth[k] = w[k] e / K and hard[k] = w[k] (1 - e) of class weights w and
 * label smoothing e.  The row's outputs wait in `scratch`, and behind them what they share.
 * -DWEIGHTED multiplies loss and slope of a row by its weight.
 */
#ifndef TERMS_CL
#define TERMS_CL

#include "rows.cl"
#include "loss.cl"

struct terms {
	float16 value, slope;
};

/* Where row lanes are not there, +0. */
static struct terms present_terms(struct rows in, ulong row, float16 value, float16 slope)
{
	struct terms t;

#ifdef WEIGHTED
	value *= vload16(0, in.weights + row);
	slope *= vload16(0, in.weights + row);
#endif
	t.value = present(value, in.count - row);
	t.slope = present(slope, in.count - row);
	return t;
}

#ifdef SOFTMAX

/* scratch (K + SHARED): z[0] .., the largest, the log of the sum, its inverse, S. */
#define SHARED 4

static void softmax_share(struct rows in, ulong row, __global float16 *scratch)
{
	const float16 y = vload16(0, in.y + row);
	float16 top = scratch[0], sum = ALL(0.0f), soft = sum, hard = sum;
	uint k;

	for (k = 1; k < in.K; k++)
		top = fmax(top, scratch[k]);
	for (k = 0; k < in.K; k++) {
		sum += exp_16(scratch[k] - top);
		soft += in.shares[k];
		hard = select(hard, ALL(in.shares[in.K + k]), y == (float)k);
	}
	scratch[in.K] = top;
	scratch[in.K + 1] = log_16(sum);
	scratch[in.K + 2] = divide_16(ALL(1.0f), sum);
	scratch[in.K + 3] = soft + hard;
}

static struct terms tile_terms(
	struct rows in, ulong row, uint k, float16 z, __global const float16 *scratch)
{
	const float16 y = vload16(0, in.y + row), from_top = z - scratch[in.K];
	const float16 c = in.shares[k] + select(ALL(0.0f), ALL(in.shares[in.K + k]), y == (float)k);
	const float16 p = exp_16(from_top) * scratch[in.K + 2];

	return present_terms(
		in, row, c * (scratch[in.K + 1] - from_top), scratch[in.K + 3] * p - c);
}

#else
#define SHARED 0

static struct terms tile_terms(
	struct rows in, ulong row, uint k, float16 z, __global const float16 *scratch)
{
	const float16 y = vload16(0, in.y + k * in.y_stride + row);

	return present_terms(in, row, loss_value(z, y), loss_slope(z, y));
}

#endif
#endif
