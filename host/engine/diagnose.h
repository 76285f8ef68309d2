/*
 * diagnose.h: why a loss is not finite: the first row, column or kernel that is to blame, and
 * whether the cause is the data, the learning rate or the device.
 *
 * The step is computed again in double, which cannot overflow here.  A number that is beyond floats
 * there would overflow on any device; if there is none, the device is wrong.
 */
#ifndef GF_DIAGNOSE_H
#define GF_DIAGNOSE_H

#include "engine.h"

enum { DIAGNOSIS_ROOM = 1024 }; /* bytes that hold any text of diagnose */

/* All pointers are borrowed. */
struct diagnosis {
	const struct problem *problem;
	const struct batch *batch; /* rows whose loss is not finite: those of a step, or others */
	const float *params;       /* (P) before the step */
	struct engine *engine;     /* evaluates losses and outputs; keeps its parameters */
	double divisor;            /* M of the batch */
	double lr;                 /* of the step */
	const char *blame;         /* replaces "lr, ..., is too large"; NULL or empty: it stays */
	size_t epoch, step;        /* epoch of the training, step of the epoch; from 0 */
	const uint32_t *rows;      /* (N) the user's number of each row, from 0; NULL: the same */
	size_t first_validation;   /* rows from here on are the validation data; 0: none are */
	const double *center, *scale; /* (D) the user's x = scale x + center; NULL: x */
};

/* Writes the text that follows "the loss is not finite: ", without a full stop.  Its row numbers
 * count from 1.  If the engine fails, returns its status and text is "". */
gf_status diagnose(const struct diagnosis *t, char *text, size_t size, gf_error *err);

#endif
