/*
 * gpu_dense.cl: products of matrices in tiles of 64 x 64 sums, computed by a work-group; for GPUs.
 *
 *	sum of left[t][x] right[t][y] over the terms t in order, by fma from +0 in each run
 *
 *	position	a work-item's place in the tile, 0 to 255: it has the 4 x 4 sums of
 *			x = 4 (position mod 16), .. and y = 4 (position / 16), ..
 *	slice		SLICE terms, that are in local memory at a time
 *	run		terms whose sums start from +0: a chunk of SUM_CHUNK, or a block of
 *			rows
 *
 * While a slice is multiplied, the next one is on its way: in registers, and then in the other of
 * two stages.  A group of fewer than 256 work-items takes several turns, and any local size will
 * do.  Barriers stand in loops that have the same number of turns in all work-items of a group, and
 * begin them: PoCL 3.1 aborts, at a local size of 1, on some loops that end with a barrier.
 */
#ifndef GPU_DENSE_CL
#define GPU_DENSE_CL

#include "network.cl"

#if defined(WIDTHS) && defined(GPU)

#define SIDE      64 /* sums of a tile each way; also the rows of a tile of a network */
#define POSITIONS 256
#define SLICE     16
#define FOURS     17 /* float4s from a term to the next: 64 floats, and 4 against bank conflicts */

struct stages {
	float4 left[2][SLICE * FOURS], right[2][SLICE * FOURS];
};

/* Too large a struct stages makes this an array of negative size, which does not compile. */
typedef char stages_fit[sizeof(struct stages) <= LOCAL_BYTES ? 1 : -1];

/* One side of a product: 64 numbers for each term.  All float4s of it are aligned. */
struct operand {
	__global const float *from;
	size_t step;    /* floats from a number, or a term, to the next */
	size_t block;   /* by_number: floats from 64 terms to the next 64 */
	uint last;      /* number of the last number that there is; further ones are copies */
	uint last_term; /* unless by_number */
	uint by_number; /* 1: the terms of a number are side by side; 0: the numbers of a term */
};

/* ---- slices ---- */

/* Returns the four floats number i, below POSITIONS, of the slice that begins with that term. */
INLINE static float4 fetch(struct operand o, uint term, uint i)
{
	const uint number = o.by_number ? i / 4 : i % 16 * 4;
	const uint t = o.by_number ? term + i % 4 * 4 : min(term + i / 16, o.last_term);
	const size_t at = o.by_number ? min(number, o.last) * o.step + t / SIDE * o.block + t % SIDE
				      : t * o.step + min(number, o.last / 4 * 4);

	return *(__global const float4 *)(o.from + at);
}

/* Stores the four floats number i of a slice: the numbers of a term are then side by side. */
INLINE static void put(struct operand o, __local float4 *stage, uint i, float4 v)
{
	__local float *to = (__local float *)(stage + i % 4 * 4 * FOURS) + i / 4;

	if (o.by_number) {
		to[0] = v.x;
		to[4 * FOURS] = v.y;
		to[8 * FOURS] = v.z;
		to[12 * FOURS] = v.w;
	} else
		stage[i / 16 * FOURS + i % 16] = v;
}

/* Returns this work-item's first four floats of a slice. */
INLINE static float4 fetch_first(struct operand o, uint term)
{
	return fetch(o, term, min((uint)get_local_id(0), POSITIONS - 1u));
}

/* Stores those, and in groups of fewer than POSITIONS work-items fetches and stores the others. */
INLINE static void put_slice(struct operand o, __local float4 *stage, uint term, float4 first)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	uint turn;

	if (id < POSITIONS)
		put(o, stage, id, first);
	for (turn = items; turn < POSITIONS; turn += items)
		if (turn + id < POSITIONS)
			put(o, stage, turn + id, fetch(o, term, turn + id));
}

/* ---- sums ---- */

/* The sums of a work-item: sums[c] has those of four x and of y = 4 (position / 16) + c. */
struct tile_sums {
	float4 run[4];  /* of the run so far */
	float4 kept[4]; /* of the runs before it */
};

static void clear_run(struct tile_sums *s)
{
	uint c;

#pragma unroll
	for (c = 0; c < 4; c++)
		s->run[c] = 0.0f;
}

INLINE static void add_term(
	__local const float4 *left, __local const float4 *right, uint position, float4 *sums)
{
	const float4 a = left[position % 16], b = right[position / 16];

	sums[0] = fma(a, (float4)(b.x), sums[0]);
	sums[1] = fma(a, (float4)(b.y), sums[1]);
	sums[2] = fma(a, (float4)(b.z), sums[2]);
	sums[3] = fma(a, (float4)(b.w), sums[3]);
}

/* Adds the `count` terms of a slice to the sums of the run. */
INLINE static void add_slice(__local const float4 *left, __local const float4 *right, uint position,
	uint count, struct tile_sums *s)
{
	uint t;

	if (count >= SLICE)
#pragma unroll
		for (t = 0; t < SLICE; t++)
			add_term(left + t * FOURS, right + t * FOURS, position, s->run);
	else
		for (t = 0; t < count; t++)
			add_term(left + t * FOURS, right + t * FOURS, position, s->run);
}

/* Puts the first slice into the first stage. */
INLINE static void begin_slices(struct operand left, struct operand right, __local struct stages *m)
{
	barrier(CLK_LOCAL_MEM_FENCE);
	put_slice(left, m->left[0], 0, fetch_first(left, 0));
	put_slice(right, m->right[0], 0, fetch_first(right, 0));
}

/* Adds the terms of slice number i, and puts the next slice into the other stage. */
INLINE static void next_slice(struct operand left, struct operand right, uint terms, uint i,
	__local struct stages *m, uint position, struct tile_sums *s)
{
	const uint next = (i + 1) * SLICE < terms ? (i + 1) * SLICE : 0;
	float4 a, b;

	barrier(CLK_LOCAL_MEM_FENCE);
	a = fetch_first(left, next);
	b = fetch_first(right, next);
	add_slice(m->left[i % 2], m->right[i % 2], position, terms - i * SLICE, s);
	put_slice(left, m->left[(i + 1) % 2], next, a);
	put_slice(right, m->right[(i + 1) % 2], next, b);
}

/* Adds the sums of a chunk to those of the chunks before it. */
INLINE static void end_chunk(struct tile_sums *s, uint chunk)
{
	uint c;

#pragma unroll
	for (c = 0; c < 4; c++)
		s->kept[c] = chunk ? s->kept[c] + s->run[c] : s->run[c];
	clear_run(s);
}

/* Sums `terms` terms in chunks of SUM_CHUNK, whose sums are added in order, to s->kept. */
INLINE static void sum_chunks(struct operand left, struct operand right, uint terms,
	__local struct stages *m, uint position, struct tile_sums *s)
{
	const uint slices = (terms + SLICE - 1) / SLICE, run = SUM_CHUNK / SLICE;
	uint i;

	clear_run(s);
	begin_slices(left, right, m);
	for (i = 0; i < slices; i++) {
		next_slice(left, right, terms, i, m, position, s);
		if ((i + 1) % run == 0 || i + 1 == slices)
			end_chunk(s, i / run);
	}
}

/* ---- layers, for a tile of rows (units, 64) ---- */

/* Computes the sums of a layer, without biases: out (O, 64), from a (I, 64). */
static void group_forward(uint l, __global const float *a, __global const float *w,
	__global float *out, __local struct stages *m)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	const uint O = outputs_of(l), I = inputs_of(l);
	const size_t row = weight_row(l);
	const struct operand left = {a, TILE, 0, TILE - 1, I - 1, 0};
	uint o, turn, c;

	barrier(CLK_GLOBAL_MEM_FENCE);
	for (o = 0; o < O; o += SIDE)
		for (turn = 0; turn < POSITIONS; turn += items) {
			const struct operand right = {
				w + weights_at(l) + o * row, row, SIDE, O - 1 - o, 0, 1};
			const uint position = min(turn + id, POSITIONS - 1u);
			__global float4 *to = (__global float4 *)out + position % 16;
			struct tile_sums s;

			sum_chunks(left, right, I, m, position, &s);
#pragma unroll
			for (c = 0; c < 4; c++)
				if (turn + id < POSITIONS && o + position / 16 * 4 + c < O)
					to[(o + position / 16 * 4 + c) * (TILE / 4)] = s.kept[c];
		}
}

/* Multiplies the slopes of a layer's inputs (I, 64) by what comes back through the layer from the
 * slopes dz (O, 64) of its outputs. */
static void group_backward(uint l, __global const float *dz, __global const float *w,
	__global float *slopes, __local struct stages *m)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	const uint O = outputs_of(l), I = inputs_of(l);
	const uint row = weight_row(l);
	const struct operand left = {dz, TILE, 0, TILE - 1, O - 1, 0};
	uint i, turn, c;

	barrier(CLK_GLOBAL_MEM_FENCE);
	for (i = 0; i < I; i += SIDE)
		for (turn = 0; turn < POSITIONS; turn += items) {
			const struct operand right = {
				w + weights_at(l) + i, row, 0, row - 1 - i, O - 1, 0};
			const uint position = min(turn + id, POSITIONS - 1u);
			__global float4 *to = (__global float4 *)slopes + position % 16;
			struct tile_sums s;

			sum_chunks(left, right, O, m, position, &s);
#pragma unroll
			for (c = 0; c < 4; c++)
				if (turn + id < POSITIONS && i + position / 16 * 4 + c < I)
					to[(i + position / 16 * 4 + c) * (TILE / 4)] *= s.kept[c];
		}
}

#endif
#endif
