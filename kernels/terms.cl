/*
 * terms.cl: loss and slope of one row, or of a tile of 16 (REAL: lanes.cl), for one output.
 *
 * For every loss but cross_entropy the outputs are independent, each with its own column of
 * targets.  For cross_entropy (-DSOFTMAX) y holds the row's class, and
 *
 *	loss	c[k] (log sum_j exp(z[j]) - z[k])		summed over k
 *	slope	S exp(z[k]) / sum_j exp(z[j]) - c[k]		S = sum_k c[k]
 *	c[k]	smooth[k] + (k == y ? hard[k] : 0)
 *
 * This is PyTorch's definition with smooth[k] = w[k] e / K and hard[k] = w[k] (1 - e), for class
 * weights w and label smoothing e.  `scratch` holds the row's outputs, the values that they share,
 * and their exponentials, each SCRATCH_STRIDE REALs apart.
 * -DWEIGHTED multiplies loss and slope of a row by its weight.  -DOFFSET adds the row's offset,
 * which follows the K columns of y, to each of its outputs; cross_entropy has none.
 */
#ifndef TERMS_CL
#define TERMS_CL

#include "rows.cl"
#include "loss.cl"

struct terms {
	REAL value, slope;
};

/* Multiplies loss and slope by the row's weight, and sets those of padding rows to +0. */
static struct terms weighted_terms(struct rows in, ulong row, REAL value, REAL slope)
{
	struct terms t;

#ifdef WEIGHTED
	value *= LOAD(0, in.weights + row);
	slope *= LOAD(0, in.weights + row);
#endif
	t.value = mask_rows(value, in.count - row);
	t.slope = mask_rows(slope, in.count - row);
	return t;
}

#ifdef SOFTMAX

/* scratch (SCRATCH_VALUES): z (K), their maximum, the log of the sum of exp(z - max), 1 / that sum,
 * S, and exp(z - max) (K). */
#define SCRATCH_VALUES(K) SOFTMAX_VALUES(K)

static void softmax_share(struct rows in, ulong row, SCRATCH_SPACE REAL *scratch)
{
	const REAL y = LOAD(0, in.y + row);
	REAL top = scratch[0], sum = ALL(0.0f), soft = sum, hard = sum;
	uint k;

	for (k = 1; k < in.K; k++)
		top = fmax(top, scratch[SCRATCH_STRIDE * k]);
	for (k = 0; k < in.K; k++) {
		const REAL e = real_exp(scratch[SCRATCH_STRIDE * k] - top);

		scratch[SCRATCH_STRIDE * (in.K + 4 + k)] = e;
		sum += e;
		soft += in.shares[k];
		hard = select(hard, ALL(in.shares[in.K + k]), y == (float)k);
	}
	scratch[SCRATCH_STRIDE * in.K] = top;
	scratch[SCRATCH_STRIDE * (in.K + 1)] = real_log(sum);
	scratch[SCRATCH_STRIDE * (in.K + 2)] = real_divide(ALL(1.0f), sum);
	scratch[SCRATCH_STRIDE * (in.K + 3)] = soft + hard;
}

/* Returns the class of the row. */
static REAL row_target(struct rows in, ulong row, uint k)
{
	return LOAD(0, in.y + row);
}

static struct terms target_terms(
	struct rows in, ulong row, uint k, REAL z, REAL y, SCRATCH_SPACE const REAL *scratch)
{
	const REAL from_top = z - scratch[SCRATCH_STRIDE * in.K];
	const REAL c = in.shares[k] + select(ALL(0.0f), ALL(in.shares[in.K + k]), y == (float)k);
	const REAL p = scratch[SCRATCH_STRIDE * (in.K + 4 + k)] *
		       scratch[SCRATCH_STRIDE * (in.K + 2)];

	return weighted_terms(in, row, c * (scratch[SCRATCH_STRIDE * (in.K + 1)] - from_top),
		real_product(scratch[SCRATCH_STRIDE * (in.K + 3)], p) - c);
}

#else
#define SCRATCH_VALUES(K) (K)

static REAL row_target(struct rows in, ulong row, uint k)
{
	return LOAD(0, in.y + k * in.y_stride + row);
}

static struct terms target_terms(
	struct rows in, ulong row, uint k, REAL z, REAL y, SCRATCH_SPACE const REAL *scratch)
{
#ifdef OFFSET
	z = z + LOAD(0, in.y + in.K * in.y_stride + row);
#endif
	return weighted_terms(
		in, row, loss_value(z, y, in.number), loss_slope(z, y, in.number));
}

#endif

static struct terms tile_terms(
	struct rows in, ulong row, uint k, REAL z, SCRATCH_SPACE const REAL *scratch)
{
	return target_terms(in, row, k, z, row_target(in, row, k), scratch);
}

#endif
