/*
 * checkpoint.h: all that a training is between two steps, beside its options and its data: in a
 * file from which it goes on to the bit.
 *
 * The file is safetensors: `params` (P), `state` (S, P), `best` (P) and `first` (P) where they are
 * there, and as metadata what is below, in hexadecimal floats, and what it belongs to.
 */
#ifndef GF_CHECKPOINT_H
#define GF_CHECKPOINT_H

#include "gpufitcl.h"
#include "rng.h"

struct progress {
	size_t epoch, step;           /* the next step, counted within its epoch */
	size_t steps;                 /* updates done */
	double loss_sum, rows_sum;    /* of the epoch's steps so far, weighted by their rows */
	double first_loss, last_loss; /* of epoch 0, and of the last whole epoch */
	double lr;                    /* before any schedule: what lr_auto came to */
	struct rng rng;               /* before it draws the order of `epoch` */

	/* What early stopping and plateau remember. */
	double best_loss; /* infinite: none yet */
	size_t best_epoch, epochs_since;
	double plateau_lr, plateau_best;
	size_t plateau_bad, plateau_cooling;

	size_t parameters, planes;     /* P, S */
	float *params, *state, *best; /* owned; (P), (S, P), (P) of the best epoch */
};

/* What a checkpoint belongs to: lines "name value", each ended by a newline, the same for the same
 * options and data. */
struct belongings {
	char *text; /* owned */
	size_t length;
};

/* The options that a step depends on, by the names of gf_config, and for the data its shape and a
 * checksum of its numbers.  Not: epochs, device, engine, check, what is written where. */
gf_status belongings_of(struct belongings *belongings, const gf_config *config,
	const gf_dataset *data, size_t total_steps, gf_error *err);

/* Arrays of zeros. */
gf_status progress_new(
	struct progress *progress, size_t parameters, size_t planes, gf_error *err);
void progress_free(struct progress *progress);

/* Atomic: the old file or the new one.  GF_E_CANTCREATE, GF_E_IO. */
gf_status checkpoint_write(const char *path, const struct progress *progress,
	const struct belongings *belongings, gf_error *err);

/* progress is new, of P and S.  GF_E_NOINPUT; GF_E_DATA: no checkpoint, damaged, or of other
 * options or other data: the message names the first option that differs, with both values. */
gf_status checkpoint_read(struct progress *progress, const char *path,
	const struct belongings *belongings, gf_error *err);

#endif
