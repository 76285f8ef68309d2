/*
 * functions.cl: the functions of math.cl one by one, as tests look at them.
 *
 *	a (count)	operands			in
 *	b (count)	second operands, of divisions	in
 *	out (count)	results				out
 *
 * Launch: one work-item a float16, and of quotients_of_one and roots a float; any local size, any
 * global size that takes in all of count, which is a multiple of 16.
 */
#include "math.cl"

__kernel VECTOR_KERNEL
void exponentials(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (16 * i < count)
		vstore16(exp_16(vload16(i, a)), i, out);
}

__kernel VECTOR_KERNEL
void logarithms(__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (16 * i < count)
		vstore16(log_16(vload16(i, a)), i, out);
}

__kernel VECTOR_KERNEL
void softpluses(__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (16 * i < count)
		vstore16(log1p_exp_16(vload16(i, a)), i, out);
}

__kernel VECTOR_KERNEL
void quotients(__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (16 * i < count)
		vstore16(divide_16(vload16(i, a), vload16(i, b)), i, out);
}

__kernel void quotients_of_one(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (i < count)
		out[i] = divide_1(a[i], b[i]);
}

__kernel void roots(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (i < count)
		out[i] = sqrt_1(a[i]);
}
