/*
 * dense.cl: the products of a dense layer with 16 rows on a CPU, several sums at a time in
 * registers.
 *
 *	forward		z[o] = sum over i of a[i] w[o][i], by fma from +0
 *	backward	s[i] = sum over o of dz[o] w[o][i], by fma from +0
 *
 * Both sum in chunks of SUM_CHUNK terms, each from +0, and add the chunks' sums in order.  Numbers
 * of 16 rows are a float16; a weight is the same for all of them.  PANEL sums at a time are the
 * most that stay in registers; what is left over is summed FEW at a time, then one by one.
 */
#ifndef DENSE_CL
#define DENSE_CL

#include "network.cl"
#include "rows.cl"

#if defined(WIDTHS) && !defined(GPU)

/* With AVX2, 6 sums take 12 of the 16 registers; with AVX-512, 12 sums 12 or 24 of the 32. */
#ifndef PANEL
#ifdef __AVX512F__
#define PANEL 12
#else
#define PANEL 6
#endif
#endif
#define FEW (PANEL / 3)

/* Calls what(first, width) for numbers [first, end), PANEL, FEW or 1 of them at a time. */
#define BY_PANELS(first, end, what)                              \
	do {                                                     \
		for (; first + PANEL <= (end); first += PANEL)   \
			what(first, PANEL);                      \
		for (; first + FEW <= (end); first += FEW)       \
			what(first, FEW);                        \
		for (; first < (end); first++)                   \
			what(first, 1);                          \
	} while (0)

INLINE static void clear_sums(float16 *sums, uint width)
{
	uint j;

#pragma unroll
	for (j = 0; j < width; j++)
		sums[j] = 0.0f;
}

INLINE static void add_sums(float16 *sums, const float16 *next, uint width)
{
	uint j;

#pragma unroll
	for (j = 0; j < width; j++)
		sums[j] += next[j];
}

/* Adds count terms to each sum: numbers (count, 16 rows) times weights, which begin `next` floats
 * apart for the next term and `apart` for the next sum. */
INLINE static void add_terms(__global const float *numbers, __global const float *weights,
	size_t next, size_t apart, size_t count, float16 *sums, uint width)
{
	size_t i;
	uint j;

	for (i = 0; i < count; i++) {
		const float16 v = vload16(i, numbers);

#pragma unroll
		for (j = 0; j < width; j++)
			sums[j] = fma(v, (float16)(weights[i * next + j * apart]), sums[j]);
	}
}

/* Asks for the lines of cache that the next terms of sums (width) begin with. */
INLINE static void touch_lines(__global const float *next, uint width)
{
	uint j;

#pragma unroll
	for (j = 0; j < width; j++)
		touch(next + j * 16);
}

/* ---- forward ---- */

/* Sums the terms of inputs [from, to), strip by strip. */
INLINE static void sum_inputs(uint l, __global const float *a, __global const float *w, uint o,
	uint from, uint to, float16 *sums, uint width)
{
	clear_sums(sums, width);
	for (; from < to; from += 16) {
		touch_lines(w + weight_at(l, o, from + 16), width);
		add_terms(a + (size_t)from * 16, w + weight_at(l, o, from), 1, 16,
			min(to - from, 16u), sums, width);
	}
}

/* Computes outputs [o, o + width) of a layer for 16 rows, without biases. */
INLINE static void forward_panel(uint l, __global const float *a, __global const float *w,
	__global float *out, uint o, uint width)
{
	const uint I = inputs_of(l);
	float16 sums[PANEL], next[PANEL];
	uint from, j;

	sum_inputs(l, a, w, o, 0, min(I, (uint)SUM_CHUNK), sums, width);
	for (from = SUM_CHUNK; from < I; from += SUM_CHUNK) {
		sum_inputs(l, a, w, o, from, min(I, from + SUM_CHUNK), next, width);
		add_sums(sums, next, width);
	}
#pragma unroll
	for (j = 0; j < width; j++)
		vstore16(sums[j], o + j, out);
}

/* Computes all outputs out (O, 16) of a layer from its inputs a (I, 16), without biases. */
LAYERED static void dense_forward(
	uint l, __global const float *a, __global const float *w, __global float *out)
{
	uint o = 0;

#define FORWARD(first, width) forward_panel(l, a, w, out, first, width)
	BY_PANELS(o, outputs_of(l), FORWARD);
}

/* ---- backward ---- */

/* Sums the terms of outputs [from, to) for inputs [i, i + width), which are of one strip. */
INLINE static void sum_outputs(uint l, __global const float *dz, __global const float *w, uint i,
	uint from, uint to, float16 *sums, uint width)
{
	clear_sums(sums, width);
	add_terms(dz + (size_t)from * 16, w + weight_at(l, from, i), 16, 1, to - from, sums, width);
}

/* Multiplies the slopes of inputs [i, i + width) by what comes back to them. */
INLINE static void backward_panel(uint l, __global const float *dz, __global const float *w,
	__global float *slopes, uint i, uint width)
{
	const uint O = outputs_of(l);
	float16 sums[PANEL], next[PANEL];
	uint from, j;

	sum_outputs(l, dz, w, i, 0, min(O, (uint)SUM_CHUNK), sums, width);
	for (from = SUM_CHUNK; from < O; from += SUM_CHUNK) {
		sum_outputs(l, dz, w, i, from, min(O, from + SUM_CHUNK), next, width);
		add_sums(sums, next, width);
	}
#pragma unroll
	for (j = 0; j < width; j++)
		vstore16(sums[j] * vload16(i + j, slopes), i + j, slopes);
}

/* Multiplies the slopes of a layer's inputs (I, 16) by what comes back through the layer from the
 * slopes dz (O, 16) of its outputs. */
LAYERED static void dense_backward(
	uint l, __global const float *dz, __global const float *w, __global float *slopes)
{
	const uint I = inputs_of(l);
	uint i = 0, end;

#define BACKWARD(first, width) backward_panel(l, dz, w, slopes, first, width)
	do {
		end = min(i + 16, I);
		BY_PANELS(i, end, BACKWARD);
	} while (i < I);
}

#endif
#endif
