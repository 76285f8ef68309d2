/*
 * places.cl: where parameters stand: in the lanes in which kernels read them, and in the plain
 * order of the host.
 *
 *	w (K, C + 1)	float16 lanes; for each output its bias, in all lanes, then C
 *			chunks of F weights, copied to each row lane
 *	plain (P)	weight (K, D), then bias (K)
 *
 * Each plane of the optimiser's state stands like w.
 */
#ifndef PLACES_CL
#define PLACES_CL

#include "rows.cl"

#define REALS (16 / ABREAST) /* in a float16 */

/* The lanes from `lane` on in chunk c of output k; chunk 0 is the bias. */
struct place {
	uint k, c, lane;
};

/* Number of REALs in w, and in each plane of the state. */
static size_t reals(uint D, uint K)
{
	return (size_t)K * (chunks(D) + 1) * REALS;
}

/* The place of the REAL with index i; real_of is the inverse. */
static struct place place_of(uint i, uint D)
{
	const uint chunk = i / REALS, C = chunks(D);
	const struct place at = {chunk / (C + 1), chunk % (C + 1), i % REALS * ABREAST};

	return at;
}

static size_t real_of(struct place at, uint D)
{
	return (at.k * (size_t)(chunks(D) + 1) + at.c) * REALS + at.lane / ABREAST;
}

/* The place after `at`, without a division. */
static struct place next_place(struct place at, uint D)
{
	at.lane += ABREAST;
	if (at.lane == 16) {
		at.lane = 0;
		at.c++;
	}
	if (at.c > chunks(D)) {
		at.c = 0;
		at.k++;
	}
	return at;
}

/* Number of parameters in chunk c. */
static uint numbers(uint c, uint D)
{
	return c ? min(D - (c - 1) * F, (uint)F) : 1;
}

/* The index in plain order of a chunk's first parameter. */
static size_t number_of(struct place at, uint D, uint K)
{
	return at.c ? (size_t)at.k * D + (at.c - 1) * F : (size_t)K * D + at.k;
}

/* The place of parameter p in plain order. */
static struct place place_of_number(uint p, uint D, uint K)
{
	const struct place weight = {p / D, 1 + p % D / F, p % D % F}, bias = {p - K * D, 0, 0};

	return p < K * D ? weight : bias;
}

/* The first lane of parameter p. */
static size_t lane_of(uint p, uint D, uint K)
{
	const size_t C = chunks(D);

	return p < K * D ? (p / D * (C + 1) + 1 + p % D / F) * 16 + p % D % F :
			   (p - K * D) * (C + 1) * 16;
}

/* Copies parameter p to all its lanes. */
static void lanes_write(__global const float *plain, __global float *lanes, uint p, uint D, uint K)
{
	__global float *lane = lanes + lane_of(p, D, K);
	const uint stride = p < K * D ? F : 1;
	uint i;

	for (i = 0; i < 16; i += stride)
		lane[i] = plain[p];
}

/* Writes the parameters at a place to the plain order, from their first row lane. */
static void plain_write(__global float *plain, REAL v, struct place at, uint D, uint K)
{
	__global float *to = plain + number_of(at, D, K);
	float lanes[ABREAST];
	uint i;

	STORE(v, 0, lanes);
	for (i = 0; i < ABREAST && at.lane + i < numbers(at.c, D); i++)
		to[at.lane + i] = lanes[i];
}

/* ---- plain order to lanes and back ---- */

/* Copies plain (planes, P) to lanes (planes, K, C + 1).  Lanes of padding features are not written
 * and stay 0.  Launch: one work-item per number, any global size >= planes P, any local size. */
__kernel void spread(
	__global const float *plain, __global float *lanes, uint D, uint K, uint planes)
{
	const uint P = K * (D + 1), plane = get_global_id(0) / P, p = get_global_id(0) % P;
	const size_t floats = (size_t)K * (chunks(D) + 1) * 16;

	if (plane < planes)
		lanes_write(plain + (size_t)plane * P, lanes + plane * floats, p, D, K);
}

/* The inverse of spread.  Launch: as spread. */
__kernel void collect(
	__global float *plain, __global const float *lanes, uint D, uint K, uint planes)
{
	const uint P = K * (D + 1), plane = get_global_id(0) / P, p = get_global_id(0) % P;
	const size_t floats = (size_t)K * (chunks(D) + 1) * 16;

	if (plane < planes)
		plain[get_global_id(0)] = lanes[plane * floats + lane_of(p, D, K)];
}

#endif
