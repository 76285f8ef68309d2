/*
 * places.cl: where parameters stand in memory, and how they come into registers.
 *
 *	w (1 + S, plane)	the parameters, then each plane of the optimiser's state: a plane
 *				is weights (K, C F), then biases (K) (rows.cl)
 *	plain (P)		weight (K, D), then bias (K)
 *
 * A CPU's work-item has a whole chunk of F weights in a REAL, copied to each row lane, or a bias in
 * all lanes; a GPU's has one number.
 */
#ifndef PLACES_CL
#define PLACES_CL

#include "rows.cl"

/* The numbers of a REAL: those of chunk c of output k from `lane` on; chunk 0 is the bias.  On GPUs
 * all weights of an output are in chunk 1, and the lane is the feature. */
struct place {
	uint k, c, lane;
};

/* Returns the index of a place in a plane. */
static size_t index_of(struct place at, uint D, uint K)
{
	const size_t row = row_floats(D), k = at.k, column = (at.c - 1) * F + at.lane;

	return at.c ? k * row + column : K * row + k;
}

/* Returns the index of a place in plain order. */
static size_t number_of(struct place at, uint D, uint K)
{
	const size_t k = at.k, column = (at.c - 1) * F + at.lane;

	return at.c ? k * D + column : (size_t)K * D + k;
}

#ifdef GPU

static float load_at(__global const float *from, struct place at)
{
	return *from;
}

static void store_at(__global float *to, float v, struct place at)
{
	*to = v;
}

static void plain_write(__global float *to, float v, struct place at, uint D)
{
	*to = v;
}

#else

/* Returns the number of places. */
static size_t places(uint D, uint K)
{
	return (size_t)K * (chunks(D) + 1);
}

static struct place place_of(uint i, uint D)
{
	const uint C = chunks(D);
	const struct place at = {i / (C + 1), i % (C + 1), 0};

	return at;
}

/* Returns the number of parameters at a place. */
static uint numbers(struct place at, uint D)
{
	return at.c ? min(D - (at.c - 1) * F, (uint)F) : 1;
}

/* Writes the first row lane of v to the F floats at `to`. */
#define store_row JOIN(store_row_, F)

static void store_row_1(__global float *to, float16 v)
{
	*to = v.s0;
}

static void store_row_2(__global float *to, float16 v)
{
	vstore2(v.s01, 0, to);
}

static void store_row_4(__global float *to, float16 v)
{
	vstore4(v.s0123, 0, to);
}

static void store_row_8(__global float *to, float16 v)
{
	vstore8(v.lo, 0, to);
}

static void store_row_16(__global float *to, float16 v)
{
	vstore16(v, 0, to);
}

/* Loads the parameters at a place, where they stand at `from`. */
static float16 load_at(__global const float *from, struct place at)
{
	return at.c ? repeated(from) : (float16)(*from);
}

static void store_at(__global float *to, float16 v, struct place at)
{
	if (at.c)
		store_row(to, v);
	else
		*to = v.s0;
}

/* Writes the parameters at a place, without padding features, to plain order. */
static void plain_write(__global float *to, float16 v, struct place at, uint D)
{
	float lanes[16];
	uint i;

	vstore16(v, 0, lanes);
	for (i = 0; i < numbers(at, D); i++)
		to[i] = lanes[i];
}

#endif

#endif
