/*
 * checkpoint.h: the state of a training between two steps, and its file, from which the training
 * goes on with the same bits.
 *
 * The file is safetensors: `params` (P), `state` (S, P) if S > 0, `best` (P) if there is one.  Its
 * metadata holds the other members of struct train_state, doubles in hexadecimal, and a fingerprint
 * of the training.
 */
#ifndef GF_CHECKPOINT_H
#define GF_CHECKPOINT_H

#include "rng.h"
#include "text.h"
#include "schedule.h"

struct train_state {
	size_t epoch, step;           /* the next step, counted within its epoch */
	size_t steps;                 /* updates done */
	double loss_sum, rows_sum;    /* of the epoch's steps so far, weighted by their rows */
	double first_loss, last_loss; /* of epoch 0, and of the last whole epoch */
	double lr; /* before any schedule, above 0; with lr_auto the one chosen */

	/* Early stopping. */
	double best_loss; /* infinite: none yet */
	size_t best_epoch, epochs_since;

	/* Set when a checkpoint is written or read; between the two, the training has its own. */
	struct rng rng; /* before it draws the permutation of `epoch` */
	struct plateau plateau;

	size_t parameters, planes;        /* P, S */
	float *params, *optimizer, *best; /* owned; (P), (S, P), (P) of the best epoch */
};

/* Everything is 0, except best_loss and plateau.best, which are infinite.  GF_E_MEMORY. */
gf_status train_state_new(
	struct train_state *state, size_t parameters, size_t planes, gf_error *err);
void train_state_free(struct train_state *state);

/*
 * The options that a step depends on, by the names of gf_config, and the shape and checksum of the
 * data: a training goes on from a checkpoint only if both have the same fingerprint.  Left out are
 * options that change no step: epochs, device, engine, check, and what is written where.
 */
struct fingerprint {
	char *text; /* owned; lines "name value\n" */
	size_t length;
	size_t odd; /* a rank whose data differ from those of rank 0; 0: none is known */
};

/* config has passed gf_config_check; lr, weight_decay and eps may still be GF_DEFAULT.  data: all
 * rows, before any split or standardizing.  total_steps: of one_cycle; 0: none.  The ranks of a
 * training call it together.  GF_E_MEMORY, and what comm_gather returns. */
gf_status fingerprint_of(struct fingerprint *fingerprint, const gf_config *config,
	const gf_dataset *data, size_t total_steps, gf_error *err);

/* Compares a training's fingerprint with the one in the checkpoint at path.  GF_E_DATA names the
 * first option that differs, with both values, or says how the data differs. */
gf_status fingerprint_compare(const struct fingerprint *fingerprint, const char *in_file,
	const char *path, gf_error *err);

/* Returns the name of the first line that the texts of two fingerprints do not both have, or of an
 * empty one if they are equal. */
struct slice fingerprint_difference(const char *a, const char *b);

/* Replaces the file at once: a reader sees the old checkpoint or the new one.
 * GF_E_CANTCREATE, GF_E_IO. */
gf_status checkpoint_write(const char *path, const struct train_state *state,
	const struct fingerprint *fingerprint, gf_error *err);

/* state comes from train_state_new with the training's P and S, and is unchanged on failure.
 * GF_E_NOINPUT; GF_E_DATA: not a checkpoint, damaged, or of a training with another fingerprint. */
gf_status checkpoint_read(struct train_state *state, const char *path,
	const struct fingerprint *fingerprint, gf_error *err);

#endif
