/*
 * order.h: a step of training in float, by plain loops that follow the order of sums by the letter.
 *
 * Written from the table in README.md alone, without a look at the kernels: what every device
 * must give to the bit.  N rows, D features, K outputs, P = K (D + 1).
 */
#ifndef ORDER_H
#define ORDER_H

#include <stddef.h>

struct order_problem {
	const float *x; /* (N, D) */
	const float *y; /* (N, K) */
	size_t rows, features, outputs;
};

/* z = x.w + b of one row and output at params (P) */
float order_output(const struct order_problem *p, const float *params, size_t row, size_t output);

/* The mean squared error at params (P), and its gradient (P). */
float order_gradient(const struct order_problem *p, const float *params, float *gradient);

/* params (P) = params - lr gradient */
void order_update(float *params, const float *gradient, float lr, size_t count);

#endif
