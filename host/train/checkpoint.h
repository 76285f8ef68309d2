/*
 * checkpoint.h: all that a training is between two steps, beside its options and its data: in a
 * file from which it goes on to the bit.
 *
 * The file is safetensors: `params` (P), `state` (S, P) where S > 0, `best` (P) where there is one,
 * and as metadata what else is below, doubles in hexadecimal, and what it belongs to.
 */
#ifndef GF_CHECKPOINT_H
#define GF_CHECKPOINT_H

#include "fingerprint.h"
#include "rng.h"

struct train_state {
	size_t epoch, step;           /* the next step, counted within its epoch */
	size_t steps;                 /* updates done */
	double loss_sum, rows_sum;    /* of the epoch's steps so far, weighted by their rows */
	double first_loss, last_loss; /* of epoch 0, and of the last whole epoch */
	double lr;                    /* before any schedule, above 0: what lr_auto came to */
	struct rng rng;               /* before it draws the order of `epoch` */

	/* What early stopping and plateau remember. */
	double best_loss; /* infinite: none yet */
	size_t best_epoch, epochs_since;
	double plateau_lr, plateau_best;
	size_t plateau_bad, plateau_cooling;

	size_t parameters, planes;        /* P, S */
	float *params, *optimizer, *best; /* owned; (P), (S, P), (P) of the best epoch */
};

/* All 0, but best_loss and plateau_best infinite. */
gf_status train_state_new(
	struct train_state *state, size_t parameters, size_t planes, gf_error *err);
void train_state_free(struct train_state *state);

/* Atomic: the old file or the new one.  GF_E_CANTCREATE, GF_E_IO. */
gf_status checkpoint_write(const char *path, const struct train_state *state,
	const struct fingerprint *fingerprint, gf_error *err);

/* state is new, of P and S, and stays as it is where this fails.  GF_E_NOINPUT; GF_E_DATA: no
 * checkpoint, damaged, or of other options or other data: the message names the first option that
 * differs, with both values. */
gf_status checkpoint_read(struct train_state *state, const char *path,
	const struct fingerprint *fingerprint, gf_error *err);

#endif
