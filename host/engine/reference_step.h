/* reference_step.h: the reference, to compare an engine with: a step, a loss, outputs, each with a
 * bound on how far an engine's may be from it. */
#ifndef GF_REFERENCE_STEP_H
#define GF_REFERENCE_STEP_H

#include "comm.h"
#include "error.h"
#include "gpufitcl_notebook.h"
#include "problem.h"

/* A step by the textbook, in double, from float parameters and state, with bounds on how far float
 * arithmetic in the order of sum_order.h may be from it.  Without bounds their arrays are NULL. */
struct reference_step {
	/* What engine_widen_bounds adds to the bounds, before 1/M. */
	double extra_loss_error, *extra_gradient_error; /* (P) */
	double loss, loss_bound;
	double *gradient, *gradient_bound; /* (P) */
	double *next, *next_bound;         /* (P) */
	double *state, *state_bound;       /* (S, P) after the step */
};

gf_status reference_step_new(
	struct reference_step **step, const struct problem *problem, gf_error *err);
void reference_step_free(struct reference_step *step);

/* Lets the ranks of comm, which is borrowed, share what follows: each sums some rows of a batch,
 * and all come to the same numbers.  They then make the same calls in the same order.
 * GF_E_MEMORY */
gf_status reference_step_share(struct reference_step *step, gf_comm *comm, gf_error *err);

/* Returns the multiply-adds of one pass over the rows. */
double reference_work(const struct problem *problem, size_t rows);

/* Takes a step of the batch from params (P) and state (S, P) with rates (RATES).  Fails only if
 * ranks share it: GF_E_MEMORY, and what comm_gather returns. */
gf_status reference_step_take(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, const float *state, const double *rates,
	gf_error *err);

/* Sums up the losses of the training rows, unscaled, and their gradient (P), at params (P), in the
 * order of row_sums.h: the same bits for any number of ranks of comm, which share the rows; NULL:
 * there are none.  GF_E_MEMORY, and what comm_gather returns */
gf_status reference_gradient(const struct problem *problem, gf_comm *comm, const float *params,
	double *loss, double *gradient, gf_error *err);

/* A number of the reference, and how far that of an engine may be from it. */
struct expected {
	double value, bound;
};

/* Computes what engine_loss does: the loss of the batch at params (P), times scale.  Fails as
 * reference_step_take. */
gf_status reference_step_loss(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const float *params, double scale, struct expected *loss,
	gf_error *err);

/* Computes the outputs (K) of a row at params (P), as engine_outputs does. */
void reference_step_outputs(struct reference_step *step, const struct problem *problem,
	const float *params, size_t row, struct expected *outputs);

/* Computes the outputs z (K) of a row at params (P); step is where it works. */
void reference_outputs(struct reference_step *step, const struct problem *problem,
	const double *params, size_t row, double *z);

/* Fills theory->layers, losses and mean_a, whose arrays the caller gives, at params (P) in double.
 * GF_E_MEMORY. */
gf_status reference_layers(
	const struct problem *problem, const float *params, gf_theory *theory, gf_error *err);

/* Computes outputs z (rows, K) of rows [first, first + rows) of a linear model at params (P) in
 * floats, on the host.  They have the bits of engine_outputs on every engine but the reference.  It
 * is for a few rows, for which a device would have to build a kernel. */
void forward_outputs(
	const struct problem *problem, const float *params, size_t first, size_t rows, float *z);

/* Computes the mean loss of all rows, unweighted, from their outputs z (N, K). */
gf_status reference_mean_loss(
	double *mean, const struct problem *problem, const float *z, gf_error *err);

#endif
