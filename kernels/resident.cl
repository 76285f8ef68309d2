/*
 * resident.cl: many epochs in one launch, for a problem that one work-item sums up sooner than a
 * launch begins.  The same functions as gradient.cl and update.cl call, so the same bits.
 *
 *	stack	log2(blocks) + 1 nodes		scratch
 *	others	as in gradient.cl and update.cl; slots are [0, epochs)
 *
 * Launch: one work-item, any more do nothing.
 */
#include "update.cl"

__kernel VECTOR_KERNEL
void resident(__global const float *x, __global const float *y, __global float *w,
	__global float16 *stack, ulong N, ulong y_stride, uint D, uint K, __global float *params,
	__global float *losses, __global float *steps, float scale, float lr, uint record,
	ulong epochs)
{
	const struct rows in = {x, y, (__global const float16 *)w, N, y_stride, D, K};
	const struct training t = {stack, params, w, losses, steps, scale, lr, D, K, record};
	ulong e;
	uint p;

	for (e = 0; e < epochs && get_global_id(0) == 0; e++) {
		subtree(in, 0, (N + BLOCK - 1) / BLOCK, stack);
		losses[e] = loss_of(stack, D, K) * scale;
		for (p = 0; p < K * (D + 1); p++)
			parameter_update(t, p, e);
	}
}
