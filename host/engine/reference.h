/*
 * reference.h: the specification of every engine, in double and plain loops.
 *
 *	reference.c	a step, and the reference as an engine
 *	sums.c		loss and gradient of a batch, and the error bounds of float sums
 *	losses.c	the formula of each loss
 *	updates.c	the formula of each optimiser
 *
 * engine.h declares the parts that a training uses.
 */
#ifndef GF_REFERENCE_H
#define GF_REFERENCE_H

#include "bounded.h"
#include "engine.h"
#include "network.h"
#include "reference_step.h"

/* ---- reference.c ---- */

/* Opens the reference as an engine.  GF_E_MEMORY. */
gf_status reference_open(struct engine **engine, const struct problem *problem, gf_error *err);

/* Like reference_step_new, but its bounds are NULL and not computed. */
gf_status reference_step_new_unbounded(
	struct reference_step **step, const struct problem *problem, gf_error *err);

/* Returns the sums of the step's last pass over a batch. */
struct sums *reference_step_sums(struct reference_step *step);

/* Like reference_step_take, but from params (P) and state (S, P) in double; state NULL: zeros. */
void reference_step_take_doubles(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const double *params, const double *state, const double *rates);

/* Converts numbers (count) to out (count); returns out. */
double *reference_doubles(const float *numbers, size_t count, double *out);

/* ---- sums.c ---- */

/* The sums over a batch, before 1/M.  Bounds are computed from the magnitudes of the terms and from
 * their errors. */
struct sums {
	struct network network;
	double loss, loss_terms, loss_errors;
	double *gradient;                         /* (P) */
	double *gradient_terms, *gradient_errors; /* (P); NULL: without bounds */
	struct bounded *z, *value, *slope;        /* (K) scratch */
};

/* Allocates the arrays of sums in one block, for the caller to free; NULL: out of memory. */
void *sums_new(struct sums *sums, const struct problem *problem, int with_bounds);

/* Sums up losses and gradients of a batch at params (P). */
void reference_sums(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params);

/* Sums up the losses alone; the gradients in sums stay as they are. */
void reference_losses(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params);

/* Returns output k of a row at params (P). */
double reference_output(const struct problem *problem, const double *params, size_t row, size_t k);

/* Returns how far a kernel's output k of a row may be from the reference's. */
double bounds_output(const struct problem *problem, const double *params, size_t row, size_t k);

/* Returns the loss of a batch, times scale = 1/M, with its bound. */
struct bounded bounds_loss(const struct sums *sums, const struct problem *problem,
	const struct batch *batch, double scale);

/* Returns the gradient of parameter p, times scale, with its bound. */
struct bounded bounds_gradient(const struct sums *sums, const struct problem *problem,
	const struct batch *batch, double scale, size_t p);

/* The sum of squares of gradients that are multiplied by a unit, with its terms and errors. */
struct squares {
	double sum, terms, errors;
};

void squares_add(struct squares *squares, struct bounded gradient, double unit);

/* Returns the sum of count squares with its bound, in the order of kernels/update.cl's norm. */
struct bounded bounds_squares(const struct squares *squares, size_t count);

/* ---- losses.c ---- */

/* Computes the loss value and the slope dvalue/dz of each output of a row, with bounds, from its
 * outputs z (K), targets y (K; for cross_entropy the class alone) and weight.  Without 1/M. */
void losses_of_row(const struct problem *problem, const float *y, double weight,
	const struct bounded *z, struct bounded *value, struct bounded *slope);

/* ---- updates.c ---- */

struct parameter {
	struct bounded value;
	struct bounded gradient;
	struct bounded *state; /* (problem_planes) */
	int is_weight;         /* 0: a bias */
};

/* Clipping to the norm multiplies the gradient by unit and then by factor.  unit is 1, or CLIP_UNIT
 * if the squares of the gradient would overflow in float; multiplying by it is exact. */
struct clip {
	double unit;
	struct bounded factor;
};

#define CLIP_UNIT 0x1p-80

/* Returns the factor for a gradient whose squares in that unit have that sum.  It is 1 if the
 * problem does not clip. */
struct clip update_clip(const struct problem *problem, const double *rates,
	struct bounded sum_of_squares, double unit);

/* Returns the gradient of the loss plus that of the l2 penalty. */
struct bounded update_penalised(const struct parameter *p, const double *rates);

/* Replaces the parameter's value and state by those after the step. */
void update_parameter(
	const struct problem *problem, struct parameter *p, const double *rates, struct clip clip);

#endif
