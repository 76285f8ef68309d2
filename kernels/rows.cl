/*
 * rows.cl: the inputs of a pass over the rows, and the layout of its sums.
 *
 *	node (K, C + 2) float16	for each output: the loss, the gradient of b, and that of
 *				w in C chunks
 *
 * In the loss and the gradient of b, lane r mod 16 adds row r, in row order.
 */
#ifndef ROWS_CL
#define ROWS_CL

#include "lanes.cl"

/* -DWIDTH=D makes D a constant of the build, so that loops over few chunks are unrolled, and on
 * GPUs those over a row of any width. */
#if defined(WIDTH) && (WIDTH <= MEDIUM_FEATURES || defined(GPU))
#define width(D) WIDTH
#else
#define width(D) (D)
#endif

/* -DONE_OUTPUT makes K a constant of the build, 1. */
#ifdef ONE_OUTPUT
#define output_count(K) 1
#else
#define output_count(K) (K)
#endif

/* CHUNKS: chunks per row.  It is undefined for wide rows, whose sums do not fit into registers and
 * are kept in memory (wide.cl). */
#if F < 16
#define CHUNKS 1
#elif defined(WIDTH) && WIDTH <= MEDIUM_FEATURES
#define CHUNKS ((WIDTH + 15) / 16)
#endif

/* -DTOUCH prefetches: the CPU's own prefetcher does not keep memory busy while sums are computed.
 * OpenCL's prefetch() does nothing on PoCL. */
#ifdef TOUCH
#define touch(p) __builtin_prefetch((const void *)(size_t)(p))
#else
#define touch(p) ((void)(p))
#endif

/* The inputs of a pass over the rows. */
struct rows {
	__global const float *x;   /* (count, D) row-major, padded as in dataset.h */
	__global const float *y;   /* (K, y_stride): the targets of each output are contiguous;
				      if OFFSET, (K + 1, y_stride) with the offsets last */
	__global const float *w;   /* a plane of parameters (below) */
	__global const float *weights; /* (count), if WEIGHTED */
	__global const float *shares;  /* (2, K) smooth and hard (terms.cl), if SOFTMAX */
	__global REAL *scratch;	       /* private to this work-item, if SOFTMAX */
	ulong count;		   /* N */
	ulong y_stride;		   /* N rounded up to whole tiles */
	uint D, K;
	float number; /* parameter of the loss (loss.cl) */
};

/* Returns the rows from `start` on; `count` is unchanged. */
static struct rows rows_from(struct rows in, ulong start)
{
	in.x += start * in.D;
	in.y += start;
	in.weights += start;
	return in;
}

/* A plane of parameters has the weights (K, C F), with zeros behind feature D, then the biases
 * (K). */
static uint row_floats(uint D)
{
	return chunks(D) * F;
}

static size_t plane_floats(uint D, uint K)
{
	return (size_t)K * (row_floats(D) + 1);
}

static __global const float *weights_of(struct rows in, uint k)
{
	return in.w + (size_t)k * row_floats(in.D);
}

static float bias_of(struct rows in, uint k)
{
	return in.w[(size_t)in.K * row_floats(in.D) + k];
}

static uint node_size(uint D, uint K)
{
	return K * (chunks(D) + 2);
}

#ifdef GPU

/* Rows that a work-group processes at once: one block, or several blocks of narrow rows. */
#if F < 16
#define STRIP_ROWS ROW_TILE_NARROW
#elif defined(CHUNKS)
#define STRIP_ROWS ROW_TILE_MEDIUM(WIDTH, AT_ONCE)
#else
#define STRIP_ROWS ROW_TILE_WIDE
#endif

/* -DOUTPUTS=K builds in the number of outputs where a work-group takes all of a row at once: what
 * softmax keeps of the row is then in local memory.  Otherwise it takes one after the other. */
#ifdef OUTPUTS
#define AT_ONCE        OUTPUTS
#define SCRATCH_SPACE  __local
#define SCRATCH_STRIDE MEDIUM_STRIDE(STRIP_ROWS)
#else
#define AT_ONCE        1
#define SCRATCH_SPACE  __global
#define SCRATCH_STRIDE STRIP_ROWS /* distance in scratch between two outputs of a row */
#endif

/* Does nothing: work-items without a row never call this. */
static float mask_rows(float v, ulong rows)
{
	return v;
}

#else
#define SCRATCH_SPACE  __global
#define SCRATCH_STRIDE 1

/* Returns v with the lanes of padding rows set to +0; `rows` rows of the tile exist. */
static float16 mask_rows(float16 v, ulong rows)
{
	const int16 lane = (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

	return select((float16)(0.0f), v, lane < (int16)((int)min(rows, (ulong)TILE_ROWS)));
}

#endif

#endif
