/*
 * diagnose.h: where a loss that is not finite comes from: the first row, column or kernel that is
 * to blame, and whether it is the data, the learning rate or the device.
 *
 * The step is computed again in double, which has room for what floats have none.  What is too much
 * for floats there would have been on any device; what is not is the device's.
 */
#ifndef GF_DIAGNOSE_H
#define GF_DIAGNOSE_H

#include "engine.h"

enum { DIAGNOSIS_ROOM = 1024 }; /* for any text */

/* All borrowed. */
struct diagnosis {
	const struct problem *problem;
	const struct batch *batch; /* of the step; or any rows whose loss is not finite */
	const float *params;       /* (P) before the step */
	struct engine *engine;     /* the parameters it holds stay as they are */
	double divisor;            /* M of the batch */
	double lr;                 /* as the schedule has it */
	const char *blame;         /* in place of "lr, ..., is too large"; empty or NULL: that */
	size_t epoch, step;        /* from the training's start; of the epoch */
	const uint32_t *rows;      /* (N) the user's row of each, from 0; NULL: the same */
	size_t others; /* rows from that one on are of the validation data, row 1 first; 0: none */
	const double *center, *scale; /* (D) the user's x = scale x + center; NULL: the same */
};

/* text: what follows "the loss is not finite: ", without a full stop.  Rows count from 1. Where the
 * engine cannot be asked: its status, and text is "". */
gf_status diagnose(const struct diagnosis *t, char *text, size_t size, gf_error *err);

#endif
