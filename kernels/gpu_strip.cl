/*
 * gpu_strip.cl: what a work-group holds of the rows that it takes at once; for GPUs.
 *
 *	strip	rows that a work-group takes at once: up to 4 blocks, or some rows of one
 *		block, in their order
 *	tile	x of the strip in local memory, read once
 *	value, slope (rows)	loss of each row for one output, and its slope
 *
 * A work-group has ITEMS work-items, a constant of the build.  Row r of a strip belongs to
 * work-item r mod ITEMS: values that only this work-item reads need no barrier.  How a strip is
 * loaded and summed depends on the number of features: gpu_narrow.cl has at most 8,
 * gpu_medium.cl at most MEDIUM_FEATURES, gpu_wide.cl more.
 *
 * A function with an argument in local memory is INLINE where it is called more than once: PoCL 3.1
 * gives a function that is left apart another copy of the kernel's local memory.
 *
 * Loops near barriers take the same number of turns in all work-items, although some have nothing
 * to do in the last turn: PoCL 3.1 miscompiles other loops at local sizes of 2 and 8.
 */
#ifndef GPU_STRIP_CL
#define GPU_STRIP_CL

#include "terms.cl"

#ifdef GPU

/* Which of gpu_narrow.cl, gpu_medium.cl and gpu_wide.cl takes the rows. */
#if F < 16
#define GPU_NARROW
#elif defined(CHUNKS)
#define GPU_MEDIUM
#else
#define GPU_WIDE
#endif

/* COLUMN_TILED is 0 if the tile has room for whole rows, whose width is then a constant of the
 * build.  It is a macro instead of a comparison with D because PoCL 5 and 6 abort on a barrier
 * inside a loop that depends on a condition, even where the condition is the same for all
 * work-items. */
#if defined(GPU_WIDE) && !(defined(WIDTH) && WIDTH <= COLUMN_TILE)
#define COLUMN_TILED 1
#else
#define COLUMN_TILED 0
#endif
#define is_column_tile(from, D) (COLUMN_TILED ? (from) < (D) : (from) == 0)

struct strip {
	ulong first;	   /* index of the first row */
	uint rows;	   /* number of rows */
	uint leaf;	   /* the leaf of the subtree that they belong to */
	uint begins, ends; /* whether they are the leaf's first rows, and its last */
};

/* Sums the lanes t (F) by halving.  Vectors instead of a loop keep the lanes in registers: an array
 * that a loop indexes goes to memory. */
#define halved JOIN(halved_, F)

static float halved_1(const float *t)
{
	return t[0];
}

static float halved_2(const float *t)
{
	return t[0] + t[1];
}

static float halved_4(const float *t)
{
	const float2 a = (float2)(t[0], t[1]) + (float2)(t[2], t[3]);

	return a.x + a.y;
}

static float halved_8(const float *t)
{
	const float4 b = vload4(0, t) + vload4(1, t);
	const float2 a = b.lo + b.hi;

	return a.x + a.y;
}

static float halved_16(const float *t)
{
	const float8 c = vload8(0, t) + vload8(1, t);
	const float4 b = c.lo + c.hi;
	const float2 a = b.lo + b.hi;

	return a.x + a.y;
}

#endif
#endif
