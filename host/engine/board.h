/*
 * board.h: what an OpenCL engine has on its device: the data, the parameters, the kernels.
 *
 * resident.c and streaming.c differ in how they launch steps; all else is here.
 */
#ifndef GF_BOARD_H
#define GF_BOARD_H

#include "engine.h"
#include "family.h"
#include "grid.h"
#include "run.h"

enum { FOLD_RUN = 64 /* kernels/fold.cl RUN */, STEPS_ROOM = 1 << 16 };

struct board;
struct gathered;

/* Enqueues steps [from, from + count) of the plan, whose order and rates are on the device: the
 * loss of number i goes to losses[i - from], its step, if recorded, to steps[i - from]. */
typedef gf_status board_launch(struct board *b, const struct plan *plan, size_t from, size_t count,
	cl_uint record, gf_error *err);

/* Enqueues the kernels of a step so that they do nothing. */
typedef gf_status board_launch_none(struct board *b, gf_error *err);

/* What a pass goes over. */
struct span {
	cl_ulong first, rows;
	int gathered; /* rows of the batch buffers, not of the data */
	int shown;    /* at the shown parameters, not at those held */
};

/* How a pass over so many rows is shared out. */
struct share {
	cl_ulong rows;
	cl_uint blocks, levels; /* blocks to a work-item; nodes it stacks up */
	size_t items;           /* shares: work-items of `gradient`, or its work-groups */
};

/* What the host knows of the parameters on the device: reading them back is a wait. */
struct held {
	float *numbers; /* owned; (1 + S, P): parameters and state */
	int known;
	cl_ulong loss_rows; /* rows [0, loss_rows) have that loss; 0: not known */
	cl_float loss_scale, loss;
};

/* A stretch of x: rows [first, first + rows), and some of those after them. */
struct part {
	struct buffer x;
	cl_ulong first, rows;
};

struct board {
	struct engine base;
	board_launch *launch;
	board_launch_none *launch_none;
	size_t launch_limit; /* steps in one call of it */
	struct device dev;
	struct problem problem;
	struct tuning tuning;
	const struct family *family; /* borrowed: of the kernels */
	struct grid grid;
	cl_ulong rows;                         /* N */
	size_t batch_rows;                     /* that the batch buffers have room for */
	cl_ulong y_stride, gathered_stride;    /* of the data's targets, and the batch's */
	cl_uint features, outputs, parameters; /* D, K, P */
	cl_uint planes;                        /* S: of state */
	cl_uint targets;                       /* columns of y */
	cl_ulong node;                         /* float16 in a node */
	cl_float loss_number; /* kernels/loss.cl: beta, delta, epsilon or quantile; else 0 */

	struct held held;
	float *rounded; /* owned; (STEPS_ROOM, RATES): rates under way to the device */

	struct share most; /* of a pass over all rows: what the buffers have room for */

	cl_program program; /* borrowed from the device */
	struct kernel spread, collect, outputs_kernel, gather, gradient, fold, norm, update, loss,
		resident;

	struct part *parts; /* owned; (parts_count), part_rows rows each but for the last */
	size_t parts_count, part_rows;
	struct buffer y, weights, shares;              /* the data, beside x in its parts */
	struct buffer order, gx, gy, gw;               /* a shuffled batch */
	struct buffer params, state;                   /* as the host has them */
	struct buffer lanes, state_lanes, rates, clip; /* the training */
	struct buffer nodes, folded[2], scratch, losses, steps;
	struct buffer shown_params, shown_lanes, z; /* parameters other than those held */
	struct buffer none; /* of what a problem has not got: an argument has to be a buffer */

	struct gathered *gathered; /* owned by moments.c; NULL: another engine */
};

/* word: streaming, resident or moments */
gf_status board_open(struct board **board, const struct problem *problem,
	const struct engine_options *options, gf_engine word, board_launch *launch, gf_error *err);
void board_close(struct engine *engine);

/* A buffer of that many floats, undefined. */
gf_status board_floats(
	struct board *b, struct buffer *buf, const char *name, size_t floats, gf_error *err);

/* The same, zeros. */
gf_status board_zeros(
	struct board *b, struct buffer *buf, const char *name, size_t floats, gf_error *err);

/* Planes of parameters as kernels have them, zeros: lanes of features that are not there stay
 * so. */
gf_status board_lanes(
	struct board *b, struct buffer *buf, const char *name, size_t planes, gf_error *err);

/* float16 of a plane of parameters in lanes. */
static inline size_t board_vectors(const struct board *b)
{
	return b->outputs * (b->grid.chunks + 1);
}

/* ---- board_parts.c ---- */

/* GF_E_UNAVAILABLE: the device's largest allocation is too small for a few rows. */
gf_status board_upload_x(struct board *b, gf_error *err);
void board_free_x(struct board *b);

static inline const struct part *board_part(const struct board *b, size_t row)
{
	return &b->parts[row / b->part_rows];
}

/* GF_E_USAGE: x is in several parts, which the engine cannot take. */
gf_status board_one_part(const struct board *b, gf_error *err);

/* ---- board_gather.c ---- */

/* Before anything is gathered. */
static inline void board_set_batch(struct board *b, size_t rows)
{
	b->batch_rows = rows;
	b->gathered_stride = rows + GRID_TILE;
}

/* Makes room for shuffled batches, zeros, when first wanted. */
gf_status board_need_batch(struct board *b, gf_error *err);

/* Rows [first, first + count) of the order on the device, at most batch_rows, into the batch. */
gf_status board_gather(struct board *b, size_t first, size_t count, gf_error *err);

/* Launches that for no row, once there is room. */
gf_status board_gather_none(struct board *b, gf_error *err);

/* ---- board_data.c ---- */

/* x, targets, weights, and the shares of cross_entropy to the device. */
gf_status board_upload(struct board *b, gf_error *err);

/* Reads all that back; x only where the device has a copy of it.  GF_E_CHECK: it is not what was
 * sent. */
gf_status board_audit(struct engine *engine, gf_error *err);

/* Reads numbers (count words of 4 bytes) back and compares their bits.  GF_E_CHECK: they differ. */
gf_status board_same(
	struct board *b, struct buffer *buf, const void *numbers, size_t words, gf_error *err);

/* ---- board_kernels.c ---- */

/* The program with the problem's words built in, and its kernels. */
gf_status board_build(struct board *b, gf_error *err);

/* ---- board_pass.c ---- */

struct share board_share(const struct board *b, size_t rows);

/* Enqueues the pass over the rows, and the tree over its nodes; *root is where its root will be. */
gf_status board_pass(struct board *b, const struct span *span, struct buffer **root, gf_error *err);

/* So many shares' work-items of a kernel. */
size_t board_items(const struct board *b, const struct kernel *kernel, size_t shares);

/* NARROW or WIDE: what the family's numbers are of. */
size_t board_width(const struct board *b);

/* Enqueues norm, where it is asked for, and update: from the root of sums to the parameters after
 * step `slot`. */
gf_status board_update(struct board *b, const struct plan *plan, struct buffer *root,
	cl_uint record, cl_ulong slot, gf_error *err);

/* Launch all that with nothing to do: no row, no node, no output.  What they write is written
 * again before it is read. */
gf_status board_pass_none(struct board *b, gf_error *err);
gf_status board_update_none(struct board *b, gf_error *err);

/* Turns of loops that a work-item takes for the sums of so many blocks, at most. */
size_t board_turns(const struct board *b, size_t blocks);

/* Bytes that a pass over so many rows reads, its targets included. */
size_t board_row_bytes(const struct board *b, size_t rows);

/* Rows [0, n) of a plan whose steps take all of them; 0: they take batches. */
size_t board_whole(const struct board *b, const struct plan *plan);

/* ---- board_run.c: the members of struct engine_class ---- */

gf_status board_set(struct engine *engine, const float *params, const float *state, gf_error *err);
gf_status board_get(struct engine *engine, float *params, float *state, gf_error *err);
gf_status board_run(struct engine *engine, const struct plan *plan, const struct history *history,
	gf_error *err);
gf_status board_loss(struct engine *engine, const float *params, size_t first, size_t rows,
	double scale, float *loss, gf_error *err);
gf_status board_outputs(struct engine *engine, const float *params, size_t first, size_t rows,
	float *z, gf_error *err);
gf_status board_profile(struct engine *engine, gf_profile *profile, gf_error *err);

/* Launch parameters in and out, and the loss, with nothing to do. */
gf_status board_lanes_none(struct board *b, gf_error *err);
gf_status board_loss_none(struct board *b, gf_error *err);

/* ---- board_warm.c ---- */

gf_status board_warm_up(struct engine *engine, const struct uses *uses, gf_error *err);

gf_status streaming_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

/* GF_E_USAGE: beyond the reach of one work-item. */
gf_status resident_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

/* GF_E_USAGE: another loss than mse, mini-batches, or columns without end.  GF_E_UNAVAILABLE: a
 * device without double precision. */
gf_status moments_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

/* Whether one work-item sums up a batch sooner than launches would begin. */
int resident_suits(const struct problem *problem, int is_cpu);

#endif
