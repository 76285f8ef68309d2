/*
 * lanes.cl: vector lanes and tiles of 16 rows, which fix the order of every sum.
 *
 *	F	feature lanes: 16 where D >= 9, else the power of two >= D	-DF=
 *	L	row lanes, 16 / F
 *	C	chunks of F features, ceil(D / F); 1 unless F is 16
 *
 * One float16, a slab, holds L rows of F features: lane q F + l is row q, feature l.  A tile of 16
 * rows has F slabs per chunk.  The order of every sum depends on D alone, and so do its bits:
 *
 *	output		lane l adds features l, l + F, ... by fma from +0; then halving
 *			adds the lanes; then b
 *	gradient of w	row lane q adds rows q, q + L, ... by fma from +0
 *
 * In kernels for GPUs a work-item is one of these lanes, or one row.  Formulas are written once,
 * for REALs: a REAL is 16 rows side by side, or one row with -DGPU.
 *
 * x is read past the end of a row and past the last row, into other rows or zeros.  This is
 * harmless: weights of padding features are 0, gradients of padding features are never read, and
 * slopes of padding rows are 0.
 */
#ifndef LANES_CL
#define LANES_CL

#include "shared.h"

#pragma OPENCL FP_CONTRACT OFF

#ifndef F
#define F 16
#endif

/* Tells the compiler that a kernel is vectorised by hand: Intel's would otherwise pack several
 * work-items into its own vectors. */
#ifdef GPU
#define VECTOR_KERNEL
#else
#define VECTOR_KERNEL __attribute__((vec_type_hint(float16)))
#endif

/* The work-items of a work-group on GPUs, as a constant: loops over a group's work have a known
 * number of turns, so that compilers unroll them and put loads ahead. */
#ifndef ITEMS
#define ITEMS 64
#endif

/* A kernel whose work-groups have ITEMS work-items on GPUs; on CPUs a work-group may have any
 * number. */
#ifdef GPU
#define GROUP_KERNEL __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
#else
#define GROUP_KERNEL VECTOR_KERNEL
#endif

/* INLINE: must be inlined, or parameters and state spill from registers between steps.
 * NOINLINE: long and seldom called; inlining it multiplies compile time. */
#define INLINE __attribute__((always_inline))
#ifdef GPU
#define NOINLINE
#else
#define NOINLINE __attribute__((noinline))
#endif

#define L           (16 / F)
#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

#ifdef GPU
#define REAL           float
#define INT            int
#define UINT           uint
#define REAL_FLOATS    1 /* floats in a REAL */
#define LOAD(i, p)     ((p)[i])
#define STORE(v, i, p) ((p)[i] = (v))
#define FIRST(v)       (v)
#else
#define REAL           float16
#define INT            int16
#define UINT           uint16
#define REAL_FLOATS    16
#define LOAD(i, p)     vload16(i, p)
#define STORE(v, i, p) vstore16(v, i, p)
#define FIRST(v)       ((v).s0)
#endif
#define REALS   (16 / REAL_FLOATS) /* REALs in a float16 */
#define AS_REAL JOIN(as_, REAL)
#define AS_INT  JOIN(as_, INT)
#define AS_UINT JOIN(as_, UINT)
#define TO_REAL JOIN(convert_, REAL)
#define ALL(c)  ((REAL)(c)) /* built-ins take no scalar beside a vector */

/* halve_8, _4, _2, _1: one step of halving on two slabs at once.  In each slab lane l + 8 (4, 2, 1)
 * is added to lane l; the halves that remain of both are packed into one slab. */
static float16 halve_8(float16 a, float16 b)
{
	return (float16)(a.lo, b.lo) + (float16)(a.hi, b.hi);
}

static float16 halve_4(float16 a, float16 b)
{
	return (float16)(a.s0123, a.s89ab, b.s0123, b.s89ab) +
	       (float16)(a.s4567, a.scdef, b.s4567, b.scdef);
}

/* The last two steps move lanes only within groups of four, which every vector unit does in one
 * instruction.  Each four lanes become a's 0 + 2 and 1 + 3, then b's 2 + 0 and 3 + 1. */
static float16 halve_2(float16 a, float16 b)
{
	const int16 firsts = (int16)(-1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0);

	return select(b, a, firsts) + select(a, b, firsts).s23016745ab89efcd;
}

/* Each pair of lanes becomes a's 0 + 1 and b's 1 + 0. */
static float16 halve_1(float16 a, float16 b)
{
	const int16 evens = (int16)(-1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0);

	return select(b, a, evens) + select(a, b, evens).s1032547698badcfe;
}

/* Sums 16 rows of four lanes each (rows 0 to 3 are in a, 4 to 7 in b, ...), in row order. */
static float16 halve_fours(float16 a, float16 b, float16 c, float16 d)
{
	return halve_1(halve_2(a, b), halve_2(c, d)).s048c26ae159d37bf;
}

static uint chunks(uint D)
{
	return (D + F - 1) / F;
}

/* Returns a slab with the F numbers at p in each row lane. */
#define repeated JOIN(repeated_, F)

static float16 repeated_1(__global const float *p)
{
	return (float16)(*p);
}

static float16 repeated_2(__global const float *p)
{
	const float2 v = vload2(0, p);

	return (float16)(v, v, v, v, v, v, v, v);
}

static float16 repeated_4(__global const float *p)
{
	const float4 v = vload4(0, p);

	return (float16)(v, v, v, v);
}

static float16 repeated_8(__global const float *p)
{
	const float8 v = vload8(0, p);

	return (float16)(v, v);
}

static float16 repeated_16(__global const float *p)
{
	return vload16(0, p);
}

#endif
