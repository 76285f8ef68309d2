/*
 * ceiling.cl: measures this device's read bandwidth, the limit that each pass over x is compared
 * with.
 *
 *	x (count)	float16, any values		in
 *	sums	one float per work-item	out, so that no read is optimised away
 *
 * Two access patterns are timed, and the faster one is the limit: read_stretches gives each
 * work-item a contiguous range, which suits CPUs; read_side_by_side lets neighbouring work-items
 * read neighbouring addresses, which suits GPUs. x is read `passes` times, so that data that fits
 * into a cache is read from the cache, and the launch is long enough to time.
 * Launch: any global and local size.
 */
#include "lanes.cl"

__kernel VECTOR_KERNEL
void read_stretches(__global const float16 *x, __global float *sums, ulong count, ulong passes)
{
	const ulong share = (count + get_global_size(0) - 1) / get_global_size(0);
	const ulong first = min(get_global_id(0) * share, count), last = min(first + share, count);
	float16 a = (float16)(0.0f), b = a, c = a, d = a;
	ulong i, pass;

	for (pass = 0; pass < passes; pass++) {
		for (i = first; i + 4 <= last; i += 4) {
			a += x[i];
			b += x[i + 1];
			c += x[i + 2];
			d += x[i + 3];
		}
		for (; i < last; i++)
			a += x[i];
	}
	a = a + b + (c + d);
	sums[get_global_id(0)] = a.s0 + a.s5 + a.sa + a.sf;
}

/* The loads of a turn do not depend on each other, so that memory is busy with all of them. */
__kernel void read_side_by_side(
	__global const float4 *x, __global float *sums, ulong count, ulong passes)
{
	const ulong step = get_global_size(0), all = 4 * count;
	float4 a[CEILING_LOADS], sum = (float4)(0.0f);
	ulong i, pass;
	uint l;

#pragma unroll
	for (l = 0; l < CEILING_LOADS; l++)
		a[l] = sum;
	for (pass = 0; pass < passes; pass++) {
		for (i = get_global_id(0); i + (CEILING_LOADS - 1) * step < all;
			i += CEILING_LOADS * step)
#pragma unroll
			for (l = 0; l < CEILING_LOADS; l++)
				a[l] += x[i + l * step];
		for (; i < all; i += step)
			a[0] += x[i];
	}
#pragma unroll
	for (l = 0; l < CEILING_LOADS; l++)
		sum += a[l];
	sums[get_global_id(0)] = sum.x + sum.y + sum.z + sum.w;
}
