/*
 * training.h: a training under way.
 *
 *	fit.c		takes it from its start to its model and report
 *	setup.c		what it has before the first step
 *	steps.c		runs chunks of steps, and judges each of them
 *	epochs.c	what happens when an epoch is over
 *	verify.c	checks steps, losses and data
 *	ending.c	says what the user should know of the end
 *	stability.c	says whether the learning rate can converge, and what is to blame for a
 *			loss that is not finite
 *	least_squares.c	solves the regression that gradient descent on mse approaches
 */
#ifndef GF_TRAINING_H
#define GF_TRAINING_H

#include "checkpoint.h"
#include "curvature.h"
#include "train_data.h"
#include "schedule.h"
#include "verify.h"

/* The first step of an epoch, kept for the caller's on_epoch. */
struct first_step {
	unsigned wants; /* GF_WANT_... */
	double lr;
	float *before, *gradient, *after; /* owned as one; (P) */
};

/* The steps of a chunk computed a second time, for the check that they repeat bit for bit. */
struct repeated_steps {
	float *losses, *steps, *after; /* owned; as those of struct training */
};

struct training {
	const gf_dataset *data;  /* borrowed; the user's */
	gf_config resolved;      /* with its defaults filled in */
	const gf_config *config; /* that */
	gf_report *report;       /* borrowed */

	struct train_data train_data;
	struct problem problem;
	struct step_rates step_rates;
	struct engine *engine;
	struct verifier verifier;
	struct train_state state;
	struct fingerprint fingerprint; /* of checkpoints */
	struct curvature curvature;     /* valid once `measured` is 1 */
	int measured;
	struct product_engine product_engine; /* until `engine` has been opened beside it */
	gf_model *model;

	size_t rows;    /* of an epoch: train_rows but for what drop_last drops */
	struct rng rng; /* draws the permutations; state.rng is only valid in a checkpoint */
	struct permutations permutations; /* empty: not shuffled */

	size_t chunk_steps; /* steps that fit one */
	double *rates;      /* (CHUNK_STEPS, RATES) */
	float *losses;      /* (CHUNK_STEPS) */
	float *steps;       /* (record_limit, 2 + S, P) */
	float *after;       /* (1 + S, P): parameters and state after the last recorded step */
	float *chunk_start; /* (1 + S, P): parameters and state before the chunk */
	struct repeated_steps repeated;
	float *outputs; /* (output_rows, K) */
	size_t *places; /* (output_rows) of the user's first rows in train_data; NULL: the same */
	struct first_step first;

	double zeros_loss; /* of training_zeros_loss, once known */
	int zeros_known;

	double checkpointed;  /* when, in seconds */
	int stopping;         /* the caller asked */
	int ended;            /* patience ran out, or it converged */
	int converged;        /* the gradient before the next step is within tolerance */
	size_t gradient_step; /* the step of report->gradient_last */
};

enum { CHUNK_STEPS = 1 << 16 /* steps at most */ };

static inline int training_over(const struct training *t)
{
	return t->ended || t->state.epoch >= t->config->epochs;
}

/* Returns 1 if each step uses all rows that train.  (One batch does not if drop_last drops rows.) */
static inline int training_is_full_batch(const struct training *t)
{
	return t->problem.batch_size == t->train_data.train_rows;
}

/* Makes everything the first step needs; the caller frees it, also after a failure.
 * GF_E_USAGE, GF_E_DATA, GF_E_MEMORY, and what opening an engine says. */
gf_status training_start(struct training *t, gf_error *err);

/* Returns 1 if each epoch ends a chunk, since its loss decides what happens next. */
int training_watches(const struct training *t);

/* Returns 1 if `patience` epochs have passed without a better loss. */
int training_is_out_of_patience(const struct training *t);

/* Returns 1 if loss improves on the best so far by more than min_delta. */
int training_is_better(const struct training *t, double loss);

/* Runs the next chunk of steps.
 * GF_E_DIVERGED, GF_E_CHECK, GF_E_OPENCL, ... */
gf_status training_advance(struct training *t, gf_error *err);

/* Tells the caller of the epoch whose last step was just taken, and what follows from its loss. */
gf_status training_end_epoch(struct training *t, gf_error *err);

/* The parameters as they would be the result now: the average where there is one.  Held in
 * state, (P). */
gf_status training_current(struct training *t, const float **params, gf_error *err);

/* Loss of rows [first, first + rows) of the training data at params (P), or NULL: those held;
 * where: of what, for a check of it, or NULL: it is not checked. */
gf_status training_loss(struct training *t, const char *where, const float *params, size_t first,
	size_t rows, float *loss, gf_error *err);

/* ---- verify.c: GF_E_CHECK is a check that failed ---- */

/* Checks that a chunk's first step started from the parameters and state read before it. */
gf_status training_check_start(struct training *t, const struct step_record *first, gf_error *err);

/* Repeats the plan's steps, the first of which is `step` of `epoch`, and checks that they have the
 * same bits. */
gf_status training_check_repeat(
	struct training *t, const struct plan *plan, size_t epoch, size_t step, gf_error *err);

/* Repeats a loss and checks that it has the same bits and is within the bound of the reference: for
 * all rows, or if they are many for a sample.  Sets params to the engine's where they are NULL. */
gf_status training_check_loss(struct training *t, struct loss_check *check, gf_error *err);

/* Checks that the data on the device is still the data that was sent. */
gf_status training_check_data(struct training *t, gf_error *err);

/* ---- stability.c ---- */

/* With config->lr_auto, chooses the learning rate.  Otherwise gives a notice if lr cannot converge,
 * or may not, and reports how many epochs it needs.  Measures the curvature only if that is cheap
 * beside the training, or asked for.
 * GF_E_USAGE: lr_auto, and the loss has no bound on its curvature, or too large a one. */
gf_status training_check_lr(struct training *t, gf_error *err);

/* ---- least_squares.c ---- */

/* A linear regression of the targets on x, from moments of (x - center) / scale. */
struct regression {
	const struct moments *moments; /* borrowed */
	const double *center, *scale;  /* (D) borrowed, or NULL: moments of x itself */
	int no_bias;
};

/* *found is one block, for the caller to free.  Without a unique solution it has rank < D and no
 * arrays. */
gf_status least_squares_find(
	gf_least_squares **found, const struct regression *regression, gf_error *err);

/* Writes a checkpoint if one is due, or if `now` is 1. */
gf_status training_checkpoint(struct training *t, int now, gf_error *err);

/* A notice where the model's weight and bias, folded from its own parameters (P) of standardized
 * features, predict noticeably other numbers. */
void training_compare_folded(const struct training *t, const float *own);

/* GF_E_DIVERGED: the loss of the current epoch, or of all rows at the current parameters, is not
 * finite, or has grown a millionfold. */
gf_status training_judge(struct training *t, float loss, gf_error *err);

/* The loss of the training rows with all parameters 0, the scale other losses are judged by. */
gf_status training_zeros_loss(struct training *t, double *loss, gf_error *err);

/* Gives a notice if the training ended worse than it began, did not converge, or is of no use. */
gf_status training_tell_end(struct training *t, gf_error *err);

/* GF_E_DIVERGED: the loss of the rows that validate is not finite. */
gf_status training_judge_validation(struct training *t, float val_loss, gf_error *err);

/* GF_E_DIVERGED: the loss of the plan's step i was not finite, with what is to blame. */
gf_status training_fail_step(struct training *t, const struct plan *plan, size_t i, gf_error *err);

/* Reports the epoch in which a step failed to the caller, and counts it as done. */
gf_status training_report_failed_epoch(struct training *t, gf_error *err);

#endif
