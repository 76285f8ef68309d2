/*
 * order.h: a step of training in float, by plain loops in exactly the order of sums: every
 * device has to give these bits.
 *
 * Sums are written from the tables in kernels/README.md alone, without regard to the kernels.
 * exp, log, quotients and roots follow kernels/math.cl; a loss and an optimiser follow the
 * formula at the head of their kernel file.
 *
 *	N rows, D features, K outputs, P parameters, S planes of state
 */
#ifndef ORDER_H
#define ORDER_H

#include "problem.h"

/* Output z = x.w + b of one row, at params (P). */
float order_output(const struct problem *p, const float *params, size_t row, size_t output);

/* The batch's loss at params (P), and its gradient (P), times scale; gradient may be NULL. */
float order_gradient(const struct problem *p, const struct batch *batch, const float *params,
	float scale, float *gradient);

/* Updates params (P) and state (S, P) by rates (RATES), which are rounded to float. */
void order_update(const struct problem *p, const double *rates, const float *gradient,
	float *params, float *state);

/* Adds up lanes (n), n a power of two: lane l and lane l + n/2, and so on. */
float order_halve(float *lanes, size_t n);

/* Adds up sums (blocks, lanes) into its first row, lane by lane, as a pairwise tree over blocks. */
void order_tree(float *sums, size_t blocks, size_t lanes);

/* Adds up the losses value (K, rows) of rows. */
float order_loss(const float *value, size_t rows, size_t outputs);

/* ---- order_network.c: order_output and order_gradient with hidden layers ---- */

float order_network_output(const struct problem *p, const float *params, size_t row, size_t output);
float order_network_gradient(const struct problem *p, const struct batch *batch,
	const float *params, float scale, float *gradient);

/* ---- order_activation.c ---- */

/* An activation and its slope at z. */
float order_activation(const struct hidden *hidden, float z);
float order_activation_slope(const struct hidden *hidden, float z);

/* ---- order_losses.c ---- */

/* Loss values (K) and slopes (K) of a row with outputs z (K). */
void order_losses(const struct problem *p, size_t row, const float *z, float *value, float *slope);

/* ---- order_math.c ---- */

float order_exp(float x);
float order_log(float x);
float order_log1p_exp(float x);
float order_divide(float a, float b);
float order_sqrt(float x);
float order_tanh(float z);
float order_sigmoid(float z);
float order_normal(float z);  /* the probability of a number below z */
float order_density(float z); /* its slope */

#endif
