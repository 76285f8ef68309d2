/*
 * functions.cl: the functions of math.cl one by one, as tests look at them.
 *
 *	a (count, 16)	operands			in
 *	b (count, 16)	second operands of a division	in
 *	out (count, 16)	results				out
 *	which		one of FUNCTION_*
 *
 * Launch: one work-item a float16, any global size >= count, any local size.
 */
#include "math.cl"

#define FUNCTION_EXP	   0
#define FUNCTION_LOG	   1
#define FUNCTION_LOG1P_EXP 2
#define FUNCTION_DIVIDE	   3
#define FUNCTION_DIVIDE_1  4
#define FUNCTION_SQRT	   5

static void functions_of_one(__global const float *a, __global const float *b, __global float *out,
	uint which)
{
	uint i;

	for (i = 0; i < 16; i++)
		out[i] = which == FUNCTION_SQRT ? sqrt_1(a[i]) : divide_1(a[i], b[i]);
}

static float16 functions_of_16(float16 a, float16 b, uint which)
{
	if (which == FUNCTION_EXP)
		return exp_16(a);
	if (which == FUNCTION_LOG)
		return log_16(a);
	return which == FUNCTION_LOG1P_EXP ? log1p_exp_16(a) : divide_16(a, b);
}

__kernel VECTOR_KERNEL
void functions(__global const float *a, __global const float *b, __global float *out, ulong count,
	uint which)
{
	const size_t i = get_global_id(0);

	if (i >= count)
		return;
	if (which < FUNCTION_DIVIDE_1)
		vstore16(functions_of_16(vload16(i, a), vload16(i, b), which), i, out);
	else
		functions_of_one(a + 16 * i, b + 16 * i, out + 16 * i, which);
}
