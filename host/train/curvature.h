/*
 * curvature.h: how steep the gradient of a loss can get, and what that allows a learning rate to
 * be.
 *
 * The second derivative of a loss by its output is at most a bound of the loss's own, so the
 * Hessian of all training rows' mean is at most
 *
 *	bound / M  X^T W X  + l2 (of weights alone) + weight_decay
 *
 * X (N, D + 1) with a last column of ones for the bias (none without a bias), W the weights of
 * rows.  It is the same for each output.  For mse the
 * bound is exact: it is the Hessian.
 */
#ifndef GF_CURVATURE_H
#define GF_CURVATURE_H

#include "engine.h"

/* What is minimised by steps of all training rows. */
struct objective {
	const struct problem *problem; /* borrowed; its targets are not used */
	double scale;                  /* 1/M, as RATE_SCALE */
	double l2, weight_decay;       /* the latter as sgd has it: of biases, too */
	int twice; /* an engine makes each product twice, for a check of its bits */
	enum { PRODUCTS_AUTO, PRODUCTS_HOST, PRODUCTS_ENGINE } products; /* who makes them */
};

struct curvature {
	double largest;  /* L; NaN: the loss has no bound; INFINITY: beyond float's range */
	double smallest; /* along which the loss falls at all, above 0; NaN: not known */
	int constant;    /* 1: the Hessian itself; 0: no more than a bound of it */
};

/* Small problems on the host, in double; others on an engine of their own, by options->device:
 * where that is the reference, without OpenCL.  Statuses as engine_open. */
gf_status curvature_measure(struct curvature *c, const struct objective *objective,
	const struct engine_options *options, gf_error *err);

/* Whether the problem's loss has a bound on its curvature, so that there is an lr auto. */
int curvature_is_bounded(const struct problem *problem);

/* 2/L: gradient descent of any lr below converges, and of a constant Hessian with none above. NaN:
 * the loss has no bound. */
double curvature_lr_limit(const struct curvature *c);

/* Epochs of full-batch sgd without momentum, after which the loss exceeds its least value by 1e-6
 * of what it did at first, wherever it starts: ln(1e-3) / ln(max(|1 - lr mu|, |1 - lr L|)).
 * INFINITY: never; NaN: not known, for want of the smallest curvature. */
double curvature_epochs(const struct curvature *c, double lr);

#endif
