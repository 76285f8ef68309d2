/*
 * functions.cl: one kernel per function of math.cl, sigmoids.cl and activation.cl, for the
 * tests.
 *
 *	a (count)	operands				in
 *	b (count)	second operands of divisions; for
 *			activations the negative slope		in
 *	out (count)	results					out
 *
 * Launch: one work-item per REAL (lanes.cl), any local size, any global size that covers count,
 * which must be a multiple of 16.
 */
#include "activation.cl"

__kernel VECTOR_KERNEL void exponentials(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(real_exp(LOAD(i, a)), i, out);
}

__kernel VECTOR_KERNEL void logarithms(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(real_log(LOAD(i, a)), i, out);
}

__kernel VECTOR_KERNEL void softpluses(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(real_log1p_exp(LOAD(i, a)), i, out);
}

__kernel VECTOR_KERNEL void quotients(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(real_divide(LOAD(i, a), LOAD(i, b)), i, out);
}

__kernel VECTOR_KERNEL void shares(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(real_share(LOAD(i, a), LOAD(i, b)), i, out);
}

__kernel VECTOR_KERNEL void roots(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(real_sqrt(LOAD(i, a)), i, out);
}

__kernel VECTOR_KERNEL void tanhs(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(real_tanh(LOAD(i, a)), i, out);
}

__kernel VECTOR_KERNEL void sigmoids(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(real_sigmoid(LOAD(i, a)), i, out);
}

__kernel VECTOR_KERNEL void normals(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(real_normal(LOAD(i, a)).below, i, out);
}

__kernel VECTOR_KERNEL void densities(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(real_normal(LOAD(i, a)).density, i, out);
}

__kernel VECTOR_KERNEL void activations(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(activation(LOAD(i, a), *b).value, i, out);
}

__kernel VECTOR_KERNEL void activation_slopes(
	__global const float *a, __global const float *b, __global float *out, ulong count)
{
	const size_t i = get_global_id(0);

	if (REAL_FLOATS * i < count)
		STORE(activation(LOAD(i, a), *b).slope, i, out);
}
