/* reference.h: the specification, in double and plain loops. */
#ifndef GF_REFERENCE_H
#define GF_REFERENCE_H

#include "bounded.h"
#include "engine.h"
#include "network.h"

gf_status reference_open(struct engine **engine, const struct problem *problem, gf_error *err);

/* What a pass over a batch sums up, before 1/M; and how large are the terms and their errors,
 * which is what bounds are made of (bounds.c). */
struct sums {
	struct network network;
	double loss, loss_terms, loss_errors;
	double *gradient;                         /* (P) */
	double *gradient_terms, *gradient_errors; /* (P), or NULL: no bounds are asked for */
	struct bounded *z, *value, *slope;        /* (K) scratch */
};

/* All arrays of sums, in one block that is to be freed; NULL: no memory. */
void *sums_new(struct sums *sums, const struct problem *problem, int with_bounds);

/* params (P) in double */
void reference_sums(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params);

/* The losses alone; what sums has of gradients stays as it is. */
void reference_losses(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params);

/* out (count) = params (count); returns out. */
double *reference_doubles(const float *params, size_t count, double *out);

/* Output k of that row at params (P). */
double reference_output(const struct problem *problem, const double *params, size_t row, size_t k);

/* A step without bounds, for the engine: those arrays are NULL. */
gf_status reference_step_new_unbounded(
	struct reference_step **step, const struct problem *problem, gf_error *err);

/* What the step's last pass summed up. */
struct sums *reference_step_sums(struct reference_step *step);

/* reference_step_take from params (P) and state (S, P) in double; state NULL: zeros. */
void reference_step_move(struct reference_step *step, const struct problem *problem,
	const struct batch *batch, const double *params, const double *state, const double *rates);

/* ---- bounds.c ---- */

/* How far the kernel's output k of that row may be from the reference's. */
double bounds_output(const struct problem *problem, const double *params, size_t row, size_t k);

/* The loss, times scale = 1/M. */
struct bounded bounds_loss(const struct sums *sums, const struct problem *problem,
	const struct batch *batch, double scale);

/* The gradient of parameter p, times scale. */
struct bounded bounds_gradient(const struct sums *sums, const struct problem *problem,
	const struct batch *batch, double scale, size_t p);

/* Squares of gradients, in a unit. */
struct squares {
	double sum, terms, errors;
};

void squares_add(struct squares *squares, struct bounded gradient, double unit);

/* The sum of count of them, as kernels/update.cl's norm takes it. */
struct bounded bounds_squares(const struct squares *squares, size_t count);

#endif
