/* transpose.cl: turns rows of numbers into columns, on CPUs. */
#ifndef TRANSPOSE_CL
#define TRANSPOSE_CL

#include "lanes.cl"

#ifndef GPU

/* Numbers 0, 1, 4 and 5 of two rows by turns, and the four others. */
static float8 paired_low(float8 a, float8 b)
{
	return (float8)(a.s0, b.s0, a.s1, b.s1, a.s4, b.s4, a.s5, b.s5);
}

static float8 paired_high(float8 a, float8 b)
{
	return (float8)(a.s2, b.s2, a.s3, b.s3, a.s6, b.s6, a.s7, b.s7);
}

/* Pairs 0 and 2 of two rows by turns, and the two others. */
static float8 fours_low(float8 a, float8 b)
{
	return (float8)(a.s01, b.s01, a.s45, b.s45);
}

static float8 fours_high(float8 a, float8 b)
{
	return (float8)(a.s23, b.s23, a.s67, b.s67);
}

/* Stores the columns i and i + 4 of 8 rows, of which a has the first four and b the others. */
static void store_columns(__global float *to, size_t stride, float8 a, float8 b)
{
	vstore8((float8)(a.lo, b.lo), 0, to);
	vstore8((float8)(a.hi, b.hi), 0, to + 4 * stride);
}

/* Column i of the 8 numbers at each of from[0], .. from[7] goes to to[i stride]. */
INLINE static void transpose_8(
	__global const float *const *from, __global float *to, size_t stride)
{
	float8 v[8], pairs[8], fours[8];
	uint i;

#pragma unroll
	for (i = 0; i < 8; i++)
		v[i] = vload8(0, from[i]);
#pragma unroll
	for (i = 0; i < 8; i += 2) {
		pairs[i] = paired_low(v[i], v[i + 1]);
		pairs[i + 1] = paired_high(v[i], v[i + 1]);
	}
#pragma unroll
	for (i = 0; i < 8; i += 4) {
		fours[i] = fours_low(pairs[i], pairs[i + 2]);
		fours[i + 1] = fours_high(pairs[i], pairs[i + 2]);
		fours[i + 2] = fours_low(pairs[i + 1], pairs[i + 3]);
		fours[i + 3] = fours_high(pairs[i + 1], pairs[i + 3]);
	}
#pragma unroll
	for (i = 0; i < 4; i++)
		store_columns(to + i * stride, stride, fours[i], fours[4 + i]);
}

#endif
#endif
