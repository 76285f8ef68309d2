/*
 * training.h: a training in progress.
 *
 *	fit.c			runs it, and fills in the report
 *	set_up.c		what its first step needs
 *	steps.c			runs chunks of steps and judges each step
 *	epochs.c		ends an epoch: losses, the best parameters, checkpoints
 *	training_check.c	checks steps, losses and data (verify.h)
 *	stability.c		judges the learning rate, explains a loss that is not finite
 *	cholesky.c		solves symmetric systems (cholesky.h)
 *	least_squares.c		solves a linear regression exactly, for the report
 *	statistics.c		infers about the parameters (statistics.h)
 *	step_cost.c		gives notices where steps cost more than they need to
 *	ending.c		chooses the result, measures it, gives notices about it
 *	folded.c		folds parameters of standardized features
 *	ranks.c			keeps the ranks of a training in step
 *	shared.c		keeps what the next training on the same rows can use
 *
 * A chunk is the steps that the host submits to the engine at once and then waits for.
 */
#ifndef GF_TRAINING_H
#define GF_TRAINING_H

#include "checkpoint.h"
#include "curvature.h"
#include "schedule.h"
#include "shared.h"
#include "train_data.h"
#include "verify.h"

enum { CHUNK_STEPS = 1 << 16 /* steps at most */ };

/* The first step of an epoch, kept for the caller's on_epoch. */
struct first_step {
	unsigned wants; /* GF_WANT_... */
	double lr;
	float *before, *gradient, *after; /* (P); before is owned, the others are parts of it */
};

struct last_chunk {
	size_t steps;
	double seconds;
};

/* Results of the steps of a chunk when they are run a second time, to check that they have the same
 * bits.  Shapes as in struct training. */
struct repeated_steps {
	float *losses, *steps, *after; /* owned */
};

struct training {
	const gf_dataset *data;  /* borrowed; the user's */
	gf_config resolved;      /* without GF_DEFAULT */
	const gf_config *config; /* &resolved */
	gf_report *report;       /* borrowed */
	struct shared *shared;   /* borrowed; NULL: no other training is on the same rows */

	struct train_data train_data;
	struct problem problem;
	struct step_rates step_rates;
	struct engine *engine;
	struct verifier verifier;
	struct train_state state;       /* epoch, step and parameters, as a checkpoint keeps them */
	struct fingerprint fingerprint; /* of checkpoints */
	struct curvature curvature;     /* valid once `measured` is 1 */
	int measured;
	struct product_engine product_engine; /* until `engine` has been opened beside it */
	gf_model *model;                      /* owned, until gf_fit returns it */

	size_t rows;    /* of an epoch: train_rows, less those that drop_last drops */
	struct rng rng; /* draws the permutations; state.rng is only set for a checkpoint */
	struct permutations permutations; /* empty without shuffle */

	/* Owned arrays.  Steps of a chunk are recorded, at most record_limit, or not. */
	size_t chunk_steps; /* steps of the next chunk, as many as take about 50 ms */
	struct last_chunk last_chunk;
	double *rates;      /* (CHUNK_STEPS, RATES) */
	float *losses;      /* (CHUNK_STEPS) before each step */
	float *steps;       /* (record_limit, 2 + S, P): parameters, gradient and state before */
	float *after;       /* (1 + S, P): parameters and state after the last recorded step */
	float *chunk_start; /* (1 + S, P): of training_chunk_start */
	int chunk_start_known;
	struct repeated_steps repeated;
	float *outputs; /* (output_rows, K) */
	size_t *places; /* (output_rows) rows of train_data that are the user's first; NULL: same */
	struct first_step first;

	double zeros_loss; /* of training_zeros_loss, once zeros_known is 1 */
	int zeros_known;

	double checkpointed;  /* time of the last checkpoint, in seconds */
	int stopping;         /* the caller asked to stop */
	int ended;            /* patience ran out, or it converged */
	int converged;        /* the gradient before the next step is within tolerance */
	size_t gradient_step; /* the step of report->gradient_last */
};

/* Returns 1 if no step is left. */
static inline int training_over(const struct training *t)
{
	return t->ended || t->state.epoch >= t->config->epochs;
}

/* Returns 1 if --standardize may be advised: sparse rows do not take it. */
static inline int training_may_standardize(const struct training *t)
{
	return !t->config->standardize && !t->data->sparse;
}

/* Returns 1 if each step uses all training rows.  (One batch does not if drop_last drops rows.) */
static inline int training_is_full_batch(const struct training *t)
{
	return t->problem.batch_size == t->train_data.train_rows;
}

/* Returns how many rows validate; they follow the rows that train. */
static inline size_t training_validation_rows(const struct training *t)
{
	return t->train_data.data->rows - t->train_data.train_rows;
}

/* Returns how many rows validate after each epoch, so that their loss chooses the best one.  Rows
 * that a fold holds out are measured at the end alone. */
static inline size_t training_watched_rows(const struct training *t)
{
	return t->shared && t->shared->chosen.rows ? 0 : training_validation_rows(t);
}

/* Returns the engine of the training before on the same rows; NULL: there is none. */
static inline struct engine *training_shared_engine(const struct training *t)
{
	return t->shared ? t->shared->engine : NULL;
}

/* Returns the engine beside which that of the training is opened: of two the one with the same rows
 * and targets; NULL: there is none. */
static inline struct engine *training_beside(const struct training *t)
{
	struct engine *product = t->product_engine.engine, *shared = training_shared_engine(t);

	return shared && (t->shared->same_rows || !product) ? shared : product;
}

/* ---- set_up.c ---- */

/* Makes everything that the first step needs.  training_free frees it, also after a failure. */
gf_status training_set_up(struct training *t, gf_error *err);
void training_free(struct training *t);

/* ---- steps.c ---- */

/* Doubles or halves the next chunk if the last one took too short or too long. */
void training_adapt_chunk(struct training *t);

/* Runs the next chunk of steps and ends the epochs that it completes.
 * GF_E_DIVERGED, GF_E_CHECK, GF_E_OPENCL, ... */
gf_status training_advance(struct training *t, gf_error *err);

/* Gets the parameters (P) before the chunk, with the state (S, P) behind them.  *params is borrowed
 * from t; the device is read once at most. */
gf_status training_chunk_start(struct training *t, const float **params, gf_error *err);

/* Gives the engine the parameters and state before the chunk, so that its steps can be repeated. */
gf_status training_restart_chunk(struct training *t, gf_error *err);

/* ---- ranks.c: they do nothing for a rank that is alone ---- */

/* GF_E_RANK: a rank has other data or options, by its fingerprint. */
gf_status ranks_compare(gf_comm *comm, const struct fingerprint *mine, gf_error *err);

/* Reads a checkpoint, whose file only rank 0 needs.  Fails as checkpoint_read and comm_gather. */
gf_status ranks_read_checkpoint(struct training *t, const char *path, gf_error *err);

/* Sets the length of the next chunk to the least that a rank wants, and *record to 1 if one of them
 * wants its steps recorded: for its caller, whom other ranks do not have. */
gf_status ranks_agree_on_chunk(struct training *t, int *record, size_t *length, gf_error *err);

/* Tells all ranks how long the last chunk took, and whether this one was asked to stop (1), and
 * sets both to what goes for all: the longest time, and 1 if one was asked.  GF_E_CHECK: the ranks'
 * parameters differ. */
gf_status ranks_agree(struct training *t, double *seconds, int *stops, gf_error *err);

/* ---- epochs.c ---- */

/* Returns 1 if each epoch ends a chunk, since its loss decides what happens next. */
int training_watches(const struct training *t);

/* Returns 1 if `patience` epochs have passed without a better loss. */
int training_is_out_of_patience(const struct training *t);

/* Returns 1 if loss improves on the best so far by more than min_delta. */
int training_is_better(const struct training *t, double loss);

/* Tells the caller about the epoch whose last step has run, and acts on its loss. */
gf_status training_end_epoch(struct training *t, gf_error *err);

/* Reports the epoch in which a step failed to the caller, and counts it as done. */
gf_status training_report_failed_epoch(struct training *t, gf_error *err);

/* Gets the parameters that would be the result now: the average if there is one.  *params (P) is
 * borrowed from t->state. */
gf_status training_current(struct training *t, const float **params, gf_error *err);

/* Computes the loss of rows [first, first + rows) of the training's data.  params: (P); NULL: those
 * of the engine.  where: what a failed check names, "epoch 3"; NULL: no check. */
gf_status training_loss(struct training *t, const char *where, const float *params, size_t first,
	size_t rows, float *loss, gf_error *err);

/* Writes a checkpoint if one is due, or if `now` is 1. */
gf_status training_checkpoint(struct training *t, int now, gf_error *err);

/* ---- training_check.c: GF_E_CHECK is a check that failed ---- */

/* Checks step i of the chunk, if it was recorded for that, against the reference, and that the
 * first step started from the parameters and state read before it. */
gf_status training_check_step(
	struct training *t, const struct step_record *record, size_t i, gf_error *err);

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
 * beside the training, or asked for.  Does nothing for a network.
 * GF_E_USAGE: lr_auto, and the loss has no bound on its curvature, or too large a one. */
gf_status training_advise_lr(struct training *t, gf_error *err);

/* GF_E_DIVERGED: the loss of the current epoch, or of all rows at the current parameters, is not
 * finite, or has grown a millionfold. */
gf_status training_judge(struct training *t, float loss, gf_error *err);

/* GF_E_DIVERGED: the validation loss is not finite. */
gf_status training_judge_validation(struct training *t, float val_loss, gf_error *err);

/* Fails with GF_E_DIVERGED and the cause: the loss of the plan's step i is not finite. */
gf_status training_fail_step(struct training *t, const struct plan *plan, size_t i, gf_error *err);

/* Computes the loss of the training rows with all parameters 0: a scale for other losses. */
gf_status training_zeros_loss(struct training *t, double *loss, gf_error *err);

/* ---- step_cost.c ---- */

/* Gives a notice if by estimate a CPU takes the steps in clearly less time than the device. */
void training_compare_cpu(const struct training *t, size_t steps);

/* Gives a notice if batches are of sparse rows and each step moves many parameters whose features
 * they do not have. */
void training_tell_idle(const struct training *t);

/* Writes the notice of training_compare_cpu for steps of so many rows, or "" if there is none to
 * give.  cpu: the index of a CPU, or -1 if OpenCL has none. */
void slower_device_text(char *text, size_t size, const struct step_seconds *seconds, size_t steps,
	size_t rows, long cpu);

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

/* ---- ending.c ---- */

/* Chooses the result, measures it, puts it into t->model, and gives notices about it.
 * GF_E_INTERRUPTED: t->model is valid, but the training was stopped before its end. */
gf_status training_finish(struct training *t, gf_error *err);

/* ---- folded.c ---- */

/* Replaces the model's parameters, of standardized features, by those of the user's features.
 * GF_E_MEMORY. */
gf_status training_fold(struct training *t, gf_error *err);

#endif
