/*
 * dense.cl: the products of a dense layer with 16 rows on a CPU, PANEL sums at a time in registers.
 *
 *	forward		z[o] = sum over i of a[i] w[o][i], by fma from +0	(outputs of a layer)
 *	backward	s[i] = sum over o of dz[o] w[o][i], by fma from +0	(slopes of its inputs)
 *
 * Both sum in chunks of SUM_CHUNK terms, each from +0, and add the chunks' sums in order.  Numbers
 * of 16 rows are a float16; a weight is the same for all of them.
 */
#ifndef DENSE_CL
#define DENSE_CL

#include "network.cl"

#if defined(WIDTHS) && !defined(GPU)

#ifndef PANEL
#define PANEL 6 /* sums at a time: with AVX2 they take 12 of the 16 registers */
#endif

/* Adds count terms to each of the sums: numbers (count, 16 rows) times weights, each step apart. */
INLINE static void add_terms(__global const float *numbers, __global const float *weights,
	const size_t *at, size_t step, uint count, float16 *sums)
{
	uint i, j;

	for (i = 0; i < count; i++) {
		const float16 v = vload16(i, numbers);

#pragma unroll
		for (j = 0; j < PANEL; j++)
			sums[j] = fma(v, (float16)(weights[at[j] + i * step]), sums[j]);
	}
}

/* Sums `count` terms in chunks.  at (PANEL): where the weights of each sum begin. */
INLINE static void sum_terms(__global const float *numbers, __global const float *weights,
	const size_t *at, size_t step, uint count, float16 *sums)
{
	uint from, j;

#pragma unroll
	for (j = 0; j < PANEL; j++)
		sums[j] = 0.0f;
	add_terms(numbers, weights, at, step, min(count, (uint)SUM_CHUNK), sums);
	for (from = SUM_CHUNK; from < count; from += SUM_CHUNK) {
		float16 next[PANEL];

#pragma unroll
		for (j = 0; j < PANEL; j++)
			next[j] = 0.0f;
		add_terms(numbers + (size_t)from * 16, weights + from * step, at, step,
			min(count - from, (uint)SUM_CHUNK), next);
#pragma unroll
		for (j = 0; j < PANEL; j++)
			sums[j] += next[j];
	}
}

/* Computes the sums of a layer for 16 rows, without biases: out (O, 16), from a (I, 16). */
LAYERED static void dense_forward(
	uint l, __global const float *a, __global const float *w, __global float *out)
{
	const uint O = outputs_of(l);
	uint o, j;

	for (o = 0; o < O; o += PANEL) {
		float16 sums[PANEL];
		size_t at[PANEL];

#pragma unroll
		for (j = 0; j < PANEL; j++)
			at[j] = (size_t)min(o + j, O - 1) * weight_row(l);
		sum_terms(a, w + weights_at(l), at, 1, inputs_of(l), sums);
#pragma unroll
		for (j = 0; j < PANEL; j++)
			if (o + j < O)
				vstore16(sums[j], o + j, out);
	}
}

/* Multiplies the slopes of a layer's inputs (I, 16) by what comes back through the layer from the
 * slopes dz (O, 16) of its outputs. */
LAYERED static void dense_backward(
	uint l, __global const float *dz, __global const float *w, __global float *slopes)
{
	const uint I = inputs_of(l);
	uint i, j;

	for (i = 0; i < I; i += PANEL) {
		float16 sums[PANEL];
		size_t at[PANEL];

#pragma unroll
		for (j = 0; j < PANEL; j++)
			at[j] = min(i + j, I - 1);
		sum_terms(dz, w + weights_at(l), at, weight_row(l), outputs_of(l), sums);
#pragma unroll
		for (j = 0; j < PANEL; j++)
			if (i + j < I)
				vstore16(sums[j] * vload16(i + j, slopes), i + j, slopes);
	}
}

#endif
#endif
