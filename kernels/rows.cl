/*
 * rows.cl: what a pass over the rows reads, and the size of what it sums up.
 *
 *	node (K, C + 2) float16	of each output: loss, gradient of b, and of w in C chunks
 *
 * Loss and gradient of b: lane r mod 16 adds row r, in row order.
 */
#ifndef ROWS_CL
#define ROWS_CL

#include "lanes.cl"

/* -DWIDTH=D fixes D as the program is built: a row's chunks unroll where they are few. */
#if defined(WIDTH) && WIDTH <= 64
#define width(D) WIDTH
#else
#define width(D) (D)
#endif

/* Chunks of a row where a block's sums stay in registers: else they are in memory (wide.cl). */
#if F < 16
#define CHUNKS 1
#elif defined(WIDTH) && WIDTH <= 64
#define CHUNKS ((WIDTH + 15) / 16)
#endif

/* -DTOUCH asks for memory ahead of its use: a stream alone does not keep a CPU's memory busy while
 * sums are taken.  OpenCL's own prefetch() does nothing on PoCL. */
#ifdef TOUCH
#define touch(p) __builtin_prefetch((const void *)(size_t)(p))
#else
#define touch(p) ((void)(p))
#endif

/* What a pass over the rows reads. */
struct rows {
	__global const float *x;   /* (count, D) row-major, padded as dataset.h says */
	__global const float *y;   /* (K, y_stride): each output's targets side by side */
	__global const float16 *w; /* (K, C + 1): b in all lanes, weights in C chunks */
	__global const float *weights; /* (count), if WEIGHTED */
	__global const float *shares;  /* (2, K) smooth and hard, if SOFTMAX */
	__global REAL *scratch;	       /* of this work-item, if SOFTMAX */
	ulong count;		   /* N */
	ulong y_stride;		   /* N up to whole tiles */
	uint D, K;
	float number; /* of the loss (loss.cl) */
};

/* From that row on. */
static struct rows rows_from(struct rows in, ulong start)
{
	in.x += start * in.D;
	in.y += start;
	in.weights += start;
	return in;
}

static uint node_size(uint D, uint K)
{
	return K * (chunks(D) + 2);
}

#ifdef GPU

/* Rows that a work-group has at once: those of a block, or of several small ones. */
#define STRIP (F < 16 ? 4 * BLOCK : BLOCK)
#define SIDE  STRIP /* their outputs lie side by side */

/* A work-item without a row takes no terms. */
static float present(float v, ulong rows)
{
	return v;
}

#else
#define SIDE 1

/* Lane r where row r of the tile is there, else +0. */
static float16 present(float16 v, ulong rows)
{
	const int16 lane = (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

	return select((float16)(0.0f), v, lane < (int16)((int)min(rows, (ulong)TILE)));
}

#endif

#endif
