/*
 * board.h: what an OpenCL engine has on its device: the data, the parameters, the kernels.
 *
 * resident.c and streaming.c differ in how they launch epochs; all else is here.
 */
#ifndef GF_BOARD_H
#define GF_BOARD_H

#include "engine.h"
#include "grid.h"
#include "run.h"

enum { FOLD_RUN = 64 /* kernels/fold.cl RUN */, FOLD_PASSES = 8, LOSSES_ROOM = 8192 };

struct board;

/* Enqueues epochs: the loss of number e goes to losses[e], its step, if recorded, to steps[e]. */
typedef gf_status board_launch(
	struct board *b, size_t epochs, cl_float lr, cl_uint record, gf_error *err);

struct board {
	struct engine base;
	board_launch *launch;
	size_t launch_limit; /* epochs in one call of it */
	struct device dev;
	struct problem problem;
	struct tuning tuning; /* filled in: no zeros */
	struct grid grid;
	cl_ulong rows;                         /* N */
	cl_ulong y_stride;                     /* N up to whole tiles */
	cl_uint features, outputs, parameters; /* D, K, P */
	cl_uint levels;                        /* nodes a work-item of `gradient` stacks up */
	cl_ulong node;                         /* float16 in a node */
	size_t items;                          /* work-items of `gradient` */
	cl_float scale;                        /* 1/M */

	cl_program program;
	struct kernel spread, outputs_kernel, gradient, fold[FOLD_PASSES], update, loss, resident;
	size_t folds;

	struct buffer x, y, params, lanes, nodes, folded[2], losses, steps;
	struct buffer shown_params, shown_lanes,
		z; /* of outputs at other parameters than those held */
};

gf_status board_open(struct board **board, const struct problem *problem,
	const struct engine_options *options, board_launch *launch, gf_error *err);

/* A buffer of that many floats, undefined. */
gf_status board_floats(
	struct board *b, struct buffer *buf, const char *name, size_t floats, gf_error *err);

/* Parameters as kernels read them, zeros: lanes of features that are not there stay so. */
gf_status board_lanes(struct board *b, struct buffer *buf, const char *name, gf_error *err);

/* board_run.c: the members of struct engine_class. */
gf_status board_set(struct engine *engine, const float *params, gf_error *err);
gf_status board_get(struct engine *engine, float *params, gf_error *err);
gf_status board_run(struct engine *engine, size_t epochs, double lr, const struct history *history,
	gf_error *err);
gf_status board_loss(struct engine *engine, float *loss, gf_error *err);
gf_status board_outputs(struct engine *engine, const float *params, size_t first, size_t rows,
	float *z, gf_error *err);
gf_status board_profile(struct engine *engine, gf_profile *profile, gf_error *err);

/* Enqueues the pass over the rows, and the tree over its nodes up to *board_root(). */
gf_status board_pass(struct board *b, gf_error *err);
struct buffer *board_root(struct board *b);

/* Turns of loops that a work-item takes for the sums of so many blocks, at most. */
size_t board_turns(const struct board *b, size_t blocks);

/* Bytes that a pass over the rows reads and writes. */
size_t board_pass_bytes(const struct board *b);

gf_status streaming_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

/* GF_E_USAGE: beyond the reach of one work-item. */
gf_status resident_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err);

/* Whether one work-item sums up the problem sooner than launches would begin. */
int resident_suits(const struct problem *problem);

#endif
