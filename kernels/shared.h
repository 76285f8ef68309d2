/*
 * shared.h: the numbers that the host and the kernels must agree on.
 *
 * Valid C11 and valid OpenCL C 1.2; it includes nothing.  Every host folder may include it, and it
 * is the first file of each program that is built for a device.
 *
 *	D features, K outputs, F feature lanes (lanes.cl)
 */
#ifndef SHARED_H
#define SHARED_H

/* Kernels have no `inline`: not every OpenCL compiler takes it. */
#ifdef __OPENCL_VERSION__
#define SHARED_FUNCTION static
#else
#define SHARED_FUNCTION static inline
#endif

/* ---- the order of sums (README.md) ---- */

#define SUM_LANES  16  /* floats that are summed side by side */
#define TILE_ROWS  16  /* rows that a kernel may load at once */
#define BLOCK_ROWS 64  /* rows of a leaf of the pairwise tree */
#define FOLD_RUN   64  /* nodes that one level of `fold` makes into one; a power of two */
#define SUM_CHUNK  256 /* terms of a network's sum that are added one after the other */

/* The most blocks of a network's rows whose sums a work-item of a CPU keeps on its stack, and the
 * levels of that stack. */
#define STACK_BLOCKS 1024
#define STACK_LEVELS 11

/* ---- functions (math.cl, sigmoids.cl) ---- */

/* Their largest relative errors in units of 2^-24: tests/test_math.c and tests/test_sigmoids.c
 * check that they hold. */
#define DIV_ROUNDINGS       1
#define SQRT_ROUNDINGS      1
#define EXP_ROUNDINGS       2
#define LOG_ROUNDINGS       2
#define LOG1P_EXP_ROUNDINGS 4
#define TANH_ROUNDINGS      3
#define SIGMOID_ROUNDINGS   3
#define ERF_ROUNDINGS       7 /* of the normal distribution, (1 + erf(z / sqrt 2)) / 2 */
#define DENSITY_ROUNDINGS   4 /* of its density */

/* ---- columns of sparse rows (sparse_columns.cl, host/data/sparse_columns.h) ---- */

/* Where the sum of a run goes: to the feature of that number; with RUN_ABOVE to that number of the
 * rank above; or nowhere, as there is no run. */
#define RUN_ABOVE   0x80000000u
#define RUN_NOWHERE 0xffffffffu

/* ---- passes over the rows ---- */

/* The widest rows whose sums a CPU keeps in registers (medium.cl). */
#define MEDIUM_FEATURES 64

/* The rows of a medium batch that is processed as a part of a tile, without the others. */
#define MEDIUM_FIRST_ROWS 4

/* Values that cross_entropy keeps for a row (terms.cl). */
#define SOFTMAX_VALUES(K) (2 * (K) + 4)

/* Bytes of local memory that suffice for a work-group; gpu_strip.cl does not compile if it needs
 * more. */
#define LOCAL_BYTES 24064

/* Floats from one row of a medium tile to the next, and from one value that is kept of each row to
 * the next: they lie in different banks.  The bytes of a tile and of the SOFTMAX_VALUES of K
 * outputs. */
#define MEDIUM_PITCH(D)     ((D) % 8 ? (D) : (D) + 4)
#define MEDIUM_STRIDE(rows) ((rows) + 4)
#define MEDIUM_BYTES(D, K, rows) \
	(4 * ((rows)*MEDIUM_PITCH(D) + MEDIUM_STRIDE(rows) * SOFTMAX_VALUES(K)))

/* On GPUs a work-group loads a tile of x into local memory (gpu_strip.cl): this many rows where
 * D <= 8, where D <= MEDIUM_FEATURES and it takes K outputs at once, and otherwise at most, of at
 * most COLUMN_TILE features. */
#define ROW_TILE_NARROW 256 /* 4 blocks */
#define TWO_BLOCKS_ROWS 128
#define ROW_TILE_MEDIUM(D, K) \
	(MEDIUM_BYTES(D, K, TWO_BLOCKS_ROWS) < LOCAL_BYTES ? TWO_BLOCKS_ROWS : BLOCK_ROWS)
#define ROW_TILE_WIDE BLOCK_ROWS
#define COLUMN_TILE   1024

/* Loads of 16 bytes that a work-item of read_side_by_side (ceiling.cl) has in flight. */
#define CEILING_LOADS 8

/* ---- updates ---- */

/* The numbers that the update of a step needs beside gradient and state. */
enum rate {
	RATE_SCALE,  /* 1/M of the batch */
	RATE_LR,     /* lr; adam, adamw: lr / (1 - beta1^t); adagrad: lr / (1 + (t - 1) lr_decay) */
	RATE_KEEP,   /* decay of the first moment: momentum; adam, adamw: beta1 */
	RATE_FRESH,  /* factor of the gradient in the first moment: sgd: 1 - dampening, at the first
			step 1; adam, adamw: 1 - beta1 */
	RATE_KEEP2,  /* decay of the second moment: adam, adamw: beta2; rmsprop: alpha */
	RATE_FRESH2, /* factor of the squared gradient in the second moment: 1 - RATE_KEEP2 */
	RATE_ROOT,   /* factor of the second moment's root: adam, adamw: 1 / sqrt(1 - beta2^t) */
	RATE_DECAY,  /* weight_decay; adamw: 1 - lr weight_decay */
	RATE_EPS,    /* eps, which is added to that root */
	RATE_SHRINK, /* lr l1, more with momentum: by how much the proximal step shrinks a weight */
	RATE_L2,     /* l2; -l2 for MAXIMIZE, which flips the sign later */
	RATE_CLIP,   /* clip_norm or clip_value: the largest norm, or the largest absolute value */
	RATE_AVERAGE, /* 1 / number of steps in the average, including this one */
	RATES = 16    /* floats that a step's rates take in memory */
};

/* ---- moments (moments.cl) ---- */

#define MOMENTS_GROUP  8  /* columns */
#define MOMENTS_BLOCK  32 /* columns that a work-group of a GPU multiplies (gpu_moments.cl) */
#define MOMENTS_PART   32 /* rows whose products are summed before they are added to a leaf */
#define MOMENTS_LEAVES 64 /* nodes that one level of `leaves` makes into one; a power of two */

/* Products are computed in squares of `width` columns: those of columns from q width on by those
 * from g width on, for g from moments_first to moments_end, which is exclusive.  Features alone
 * meet none twice; columns among which are targets or ones meet all, `count` times width. */
SHARED_FUNCTION unsigned moments_first(unsigned q, unsigned D, unsigned width)
{
	return q < D / width ? q : 0;
}

SHARED_FUNCTION unsigned moments_end(unsigned q, unsigned D, unsigned count, unsigned width)
{
	return q < D / width ? (D + width - 1) / width : count;
}

/* Number of squares before those of q. */
SHARED_FUNCTION unsigned moments_before(unsigned q, unsigned D, unsigned count, unsigned width)
{
	const unsigned whole = q < D / width ? q : D / width;

	return whole * ((D + width - 1) / width) - whole * (whole - 1) / 2 + (q - whole) * count;
}

/* A node has tiles: squares of two groups. */
SHARED_FUNCTION unsigned moments_group_first(unsigned q, unsigned D)
{
	return moments_first(q, D, MOMENTS_GROUP);
}

SHARED_FUNCTION unsigned moments_group_end(unsigned q, unsigned D, unsigned groups)
{
	return moments_end(q, D, groups, MOMENTS_GROUP);
}

SHARED_FUNCTION unsigned moments_tiles_before(unsigned q, unsigned D, unsigned groups)
{
	return moments_before(q, D, groups, MOMENTS_GROUP);
}

#endif
