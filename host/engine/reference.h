/*
 * reference.h: the specification of every engine, in double and plain loops.
 *
 *	reference.c		a step
 *	reference_engine.c	the reference as an engine
 *	sums.c			loss and gradient of a batch
 *	sums_shared.c		the same, shared by ranks
 *	layer_values.c		what each layer computes of a row (reference_step.h)
 *	dense.c			a layer of a row, forward and backward
 *	bounds.c		the error bounds of float sums over rows
 *	losses.c		the formula of each loss
 *	activations.c		the formula of each activation (activation.h)
 *	updates.c		the formula of each optimiser
 *
 * engine.h declares the parts that a training uses.
 */
#ifndef GF_REFERENCE_H
#define GF_REFERENCE_H

#include "activation.h"
#include "bounded.h"
#include "engine.h"
#include "network.h"
#include "reference_step.h"

/* ---- reference.c ---- */

/* Like reference_step_new, but its bounds are NULL and not computed. */
gf_status reference_step_new_unbounded(
	struct reference_step **step, const struct problem *problem, gf_error *err);

/* Returns the sums of the step's last pass over a batch. */
struct sums *reference_step_sums(struct reference_step *step);

/* Like reference_step_take, but from params (P) and state (S, P) in double; state NULL: zeros. */
gf_status reference_step_take_doubles(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const double *params, const double *state, const double *rates,
	gf_error *err);

/* Converts numbers (count) to out (count); returns out. */
double *reference_doubles(const float *numbers, size_t count, double *out);

/* ---- reference_engine.c ---- */

/* Opens the reference as an engine.  GF_E_MEMORY. */
gf_status reference_open(struct engine **engine, const struct problem *problem, gf_error *err);

/* ---- sums.c ---- */

/* The units of a layer at a row; all arrays: (outputs of the layer). */
struct units {
	struct bounded *z, *a, *da_dz; /* the last layer has no activation: a, da_dz are not set */
	struct bounded *da, *dz;       /* the slopes of the row's loss; da: not of the last layer */
};

/* The sums over a batch, before 1/M.  Bounds are computed from the magnitudes of the terms and from
 * their errors. */
struct sums {
	struct network network;
	double loss, loss_terms, loss_errors;
	double *gradient;                         /* (P) */
	double *gradient_terms, *gradient_errors; /* (P); NULL: without bounds */

	/* The row that was evaluated last. */
	struct bounded *x;      /* (D) */
	const uint32_t *places; /* (nonzeros) borrowed; of x, of a sparse row; or NULL */
	size_t nonzeros;
	struct bounded *value; /* (K) losses */
	struct units units[NETWORK_LAYERS];
	double *scratch; /* (2, inputs of the widest layer) */
};

/* Allocates the arrays of sums in one block, for the caller to free; NULL: out of memory. */
void *sums_new(struct sums *sums, const struct problem *problem, int with_bounds);

/* Sums up losses and gradients of a batch at params (P). */
void reference_sums(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params);

/* Sums up the losses alone; the gradients in sums stay as they are. */
void reference_losses(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params);

/* Computes losses and slopes of a row without adding them to the sums; returns its outputs (K). */
const struct bounded *sums_row(
	struct sums *sums, const struct problem *problem, const double *params, size_t row);

/* Returns the outputs (K) of a row at params (P), which stay until the next row. */
const struct bounded *sums_outputs(
	struct sums *sums, const struct problem *problem, const double *params, size_t row);

/* ---- sums_shared.c ---- */

struct exchange;

/* Sums up a batch as reference_sums does, or as reference_losses, together with the ranks of x if
 * that is faster; x NULL: alone.  GF_E_MEMORY, and what comm_gather returns */
gf_status reference_sums_shared(struct sums *sums, struct exchange *x,
	const struct problem *problem, const struct batch *batch, const double *params,
	int losses_alone, gf_error *err);

/* ---- dense.c ---- */

struct dense {
	const struct layer *layer;
	const double *params; /* (P) of the network */
	int is_linear;        /* 1: the layer of a linear model, with its order of sums */
	int with_bounds;      /* 0: errors are not computed */

	/* Of a sparse row (nonzeros): the places of its inputs that are not 0; or NULL. */
	const uint32_t *places;
	size_t nonzeros;
};

/* Computes z (outputs) of a row from the layer's inputs a (inputs). */
void dense_forward(const struct dense *d, const struct bounded *a, struct bounded *z);

/* Computes the slopes of the inputs (inputs) from those of z, dz (outputs), where there are hidden
 * layers; scratch: (2, inputs). */
void dense_backward(
	const struct dense *d, const struct bounded *dz, double *scratch, struct bounded *slope);

/* ---- bounds.c ---- */

/* Returns the relative error bound of a sum: in float it is `depth` operations deep, and the
 * reference adds `terms` numbers in double. */
double bounds_relative(double depth, double terms);

/* Returns the loss of a batch, times scale = 1/M, with its bound. */
struct bounded bounds_loss(const struct sums *sums, const struct problem *problem,
	const struct batch *batch, double scale);

/* Returns the gradient of parameter p, times scale, with its bound. */
struct bounded bounds_gradient(
	const struct sums *sums, const struct batch *batch, double scale, size_t p);

/* The sum of squares of gradients that are multiplied by a unit, with its terms and errors. */
struct squares {
	double sum, terms, errors;
};

void squares_add(struct squares *squares, struct bounded gradient, double unit);

/* Returns the sum of the network's squares with its bound, in the order of the norm of
 * kernels/update.cl. */
struct bounded bounds_squares(const struct squares *squares, const struct network *network);

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
