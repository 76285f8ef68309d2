/*
 * sparse_update.cl: the step of the parameters of features that a batch of sparse rows has.
 *
 *	chunk (chunks)	which 16 features, counted by 16	in
 *	root (K, C + 2) float16	sums over the rows of the batch	in, out:
 *			gradients of weights are zeros again once they are taken
 *	w, losses, rates	as in update.cl
 *
 * It is for optimisers that leave a weight as it is where the gradient is 0: plain sgd, where
 * fma(-lr, 0, w) = w.  Others take `update`, and then sparse_clear makes the zeros.
 *
 *	steps	as in update.cl	out
 */
#ifndef SPARSE_UPDATE_CL
#define SPARSE_UPDATE_CL

#include "gpu_update.cl"
#include "sparse.cl"
#include "update.cl"

#ifdef SPARSE

static float batch_loss(__global const float16 *root, uint D, uint K)
{
	float sum = 0.0f;
	uint k;

	for (k = 0; k < K; k++)
		sum += lanes_halved(root[(size_t)k * (chunks(D) + 2)]);
	return sum;
}

/* Returns the place of chunk `chunk`, on GPUs of one of its lanes. */
static struct place chunk_place(uint k, uint chunk, uint lane)
{
#ifdef GPU
	const struct place at = {k, 1, chunk * SUM_LANES + lane};
#else
	const struct place at = {k, 1 + chunk, 0};
#endif
	return at;
}

/* Returns the sums of a place of output k; chunk -1: the bias's. */
static __global float *sums_of(__global float16 *root, uint k, int chunk, uint lane, uint D)
{
	return (__global float *)(root + (size_t)k * (chunks(D) + 2) + 2 + chunk) + lane;
}

static REAL bias_sum(__global float16 *root, uint k, uint D)
{
	return ALL(lanes_halved(vload16(0, sums_of(root, k, -1, 0, D))));
}

/* Work-items are those of K biases, then those of K outputs of each of count chunks, on GPUs of
 * each of their lanes. */
struct sparse_item {
	uint k, lane;
	size_t chunk; /* from 0 to count */
	int is_bias, is_none;
};

static struct sparse_item item_of(size_t item, size_t count, uint D, uint K)
{
	const size_t number = item < K ? 0 : (item - K) / REALS;
	const struct sparse_item bias = {(uint)item, 0, 0, 1, 0};
	const struct sparse_item weights = {count ? (uint)(number / count) : 0,
		item < K ? 0 : (uint)((item - K) % REALS), count ? number % count : 0, 0,
		number >= count * K};

	return item < K ? bias : weights;
}

/* The first work-item also computes the loss.  Launch: work-items of struct sparse_item, any local
 * size. */
__kernel VECTOR_KERNEL
void sparse_update(__global const uint *restrict chunk, __global float16 *restrict root,
	__global float *restrict w, __global float *restrict losses,
	__global const float *restrict rates, uint first, uint count, uint D, uint K, ulong slot,
	ulong rate)
{
	const struct training t = {
		0, w, losses, 0, rates + rate, 1.0f, 1.0f, D, K, 0, 1, 0};
	const struct sparse_item i = item_of(get_global_id(0), count, D, K);
	const struct place bias = {i.k, 0, 0};

	if (get_global_id(0) == 0)
		losses[slot] = batch_loss(root, D, K) * t.h[RATE_SCALE];
	if (i.is_bias) {
		real_update(&t, bias, bias_sum(root, i.k, D), slot);
	} else if (!i.is_none && chunk[first + i.chunk] * SUM_LANES + i.lane < D) {
		__global float *sums =
			sums_of(root, i.k, (int)chunk[first + i.chunk], i.lane, D);

		real_update(&t, chunk_place(i.k, chunk[first + i.chunk], i.lane), LOAD(0, sums),
			slot);
		STORE(ALL(0.0f), 0, sums);
	}
}

/* Records all parameters and gradients, before sparse_update.  Launch: work-items of struct
 * sparse_item for all C chunks, any local size. */
__kernel VECTOR_KERNEL
void sparse_record(__global float16 *restrict root, __global float *restrict w,
	__global float *restrict steps, __global const float *restrict rates, uint D, uint K,
	ulong slot, ulong rate)
{
	const struct training t = {
		0, w, 0, steps, rates + rate, 1.0f, 1.0f, D, K, 1, 1, 0};
	const struct sparse_item i = item_of(get_global_id(0), chunks(D), D, K);
	const struct place bias = {i.k, 0, 0};
	const struct place at = i.is_bias ? bias : chunk_place(i.k, (uint)i.chunk, i.lane);
	REAL sum, none[PLANES + 1];

	if (i.is_none || (!i.is_bias && i.chunk * SUM_LANES + i.lane >= D))
		return;
	sum = i.is_bias ? bias_sum(root, i.k, D)
			: LOAD(0, sums_of(root, i.k, (int)i.chunk, i.lane, D));
	record(&t, at, slot, training_load(&t, at, none), gradient_of(&t, !i.is_bias, sum), none);
}

/* Launch: a work-item for each of K outputs of each chunk, any local size. */
__kernel VECTOR_KERNEL
void sparse_clear(__global const uint *restrict chunk, __global float16 *restrict root, uint first,
	uint count, uint D, uint K)
{
	const size_t item = get_global_id(0);

	if (item < (size_t)count * K)
		root[item / count * (chunks(D) + 2) + 2 + chunk[first + item % count]] =
			(float16)(0.0f);
}

#endif
#endif
