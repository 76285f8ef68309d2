/*
 * lanes.cl: the grid of lanes in which every sum is taken, and tiles of 16 rows in it.
 *
 *	F	feature lanes: 16 where D >= 9, else the power of two >= D	-DF=
 *	L	row lanes, 16 / F
 *	C	chunks of F features, ceil(D / F); 1 unless F is 16
 *
 * One float16 holds L rows of F features: lane q F + l is row q, feature l.  A tile of 16 rows
 * is F such slabs a chunk.  The order of every sum follows from D alone, and so do the bits:
 *
 *	output	lane l adds features l, l + F, ... by fma from +0; lanes by halving; then b
 *	slope	of a weight: row lane q adds rows q, q + L, ... by fma from +0
 *
 * In kernels for GPUs a work-item is one of these lanes, or one row.  Formulas, written once, are
 * of REALs: 16 rows side by side, or with -DGPU one.
 *
 * x is read past a row's end, and past the last row, into other rows or zeros: weights of
 * features that are not there are 0, gradients of such features are never read, and slopes of
 * rows that are not there are 0.
 */
#ifndef LANES_CL
#define LANES_CL

#pragma OPENCL FP_CONTRACT OFF

#ifndef F
#define F 16
#endif

/* Says that a kernel is written in vectors: a compiler that packs several work-items into the
 * vectors it would make (Intel's) leaves it as it is. */
#define VECTOR_KERNEL __attribute__((vec_type_hint(float16)))

/* INLINE: the function must be inlined, or state spills from registers between two steps.  APART:
 * it is long and seldom called, and each inlined copy would take the compiler long. */
#define INLINE __attribute__((always_inline))
#ifdef GPU
#define APART
#else
#define APART __attribute__((noinline))
#endif

#define L           (16 / F)
#define TILE        16 /* rows */
#define BLOCK       64 /* rows, 4 tiles: the leaf of the tree over rows */
#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)

#ifdef GPU
#define REAL           float
#define INT            int
#define UINT           uint
#define ABREAST        1 /* numbers in a REAL */
#define LOAD(i, p)     ((p)[i])
#define STORE(v, i, p) ((p)[i] = (v))
#define FIRST(v)       (v)
#else
#define REAL           float16
#define INT            int16
#define UINT           uint16
#define ABREAST        16
#define LOAD(i, p)     vload16(i, p)
#define STORE(v, i, p) vstore16(v, i, p)
#define FIRST(v)       ((v).s0)
#endif
#define AS_REAL JOIN(as_, REAL)
#define AS_INT  JOIN(as_, INT)
#define AS_UINT JOIN(as_, UINT)
#define TO_REAL JOIN(convert_, REAL)
#define ALL(c)  ((REAL)(c)) /* built-ins take no scalar beside a vector */

/* One step of halving on two slabs at once: lane l takes lane l + 8 (4, 2, 1) of its own
 * slab, and what is left of both fits one slab again. */
static float16 halve_8(float16 a, float16 b)
{
	return (float16)(a.lo, b.lo) + (float16)(a.hi, b.hi);
}

static float16 halve_4(float16 a, float16 b)
{
	return (float16)(a.s0123, a.s89ab, b.s0123, b.s89ab) +
	       (float16)(a.s4567, a.scdef, b.s4567, b.scdef);
}

/* In the last two steps a's lanes and b's change places only within each four, as all vector units
 * do in one instruction.  Of each four lanes: a's 0 + 2 and 1 + 3, b's 2 + 0 and 3 + 1. */
static float16 halve_2(float16 a, float16 b)
{
	const int16 firsts = (int16)(-1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0, -1, -1, 0, 0);

	return select(b, a, firsts) + select(a, b, firsts).s23016745ab89efcd;
}

/* Adds neighbouring lanes: of a, lane 0 + lane 1; of b, lane 1 + lane 0. */
static float16 halve_1(float16 a, float16 b)
{
	const int16 evens = (int16)(-1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0);

	return select(b, a, evens) + select(a, b, evens).s1032547698badcfe;
}

/* From four lanes a row, rows 0 to 3 in a and so on, to 16 rows in their order. */
static float16 halve_fours(float16 a, float16 b, float16 c, float16 d)
{
	return halve_1(halve_2(a, b), halve_2(c, d)).s048c26ae159d37bf;
}

static uint chunks(uint D)
{
	return (D + F - 1) / F;
}

/* Lanes v[0], v[stride], ...: the halving tree, last of all. */
static float sum_lanes(__global const float *v, uint stride, uint lanes)
{
	float t[16];
	uint q, half_of;

	for (q = 0; q < lanes; q++)
		t[q] = v[q * stride];
	for (half_of = lanes / 2; half_of > 0; half_of /= 2)
		for (q = 0; q < half_of; q++)
			t[q] += t[q + half_of];
	return t[0];
}

#endif
