/* explain.h: --trace and --explain: the numbers of one epoch, as tables. */
#ifndef GF_EXPLAIN_H
#define GF_EXPLAIN_H

#include "print.h"

/* --trace: prints the parameters, the outputs of the first rows, the loss and the gradient.  epoch
 * must have its parameters and outputs; params must have the training data. */
void trace_print(const struct param_table *params, const gf_config *config, const gf_epoch *epoch);

/* --explain: prints the formulas of one step of sgd, each with its numbers in double beside those
 * that the device computed: of a linear model on mse, of a network on any loss.  epoch must have
 * its parameters and outputs; params must have the training data.
 * GF_E_USAGE, GF_E_MEMORY. */
gf_status explain_print(const struct param_table *params, const gf_config *config,
	const gf_epoch *epoch, gf_error *err);

/* ---- what the explanations of linear models and networks share ---- */

/* A number of the theory, and the same of the device. */
struct compared {
	double theory;
	float device;
};

/* A sum of at most ALL_TERMS terms is shown whole, a longer one by its first terms. */
enum { ALL_TERMS = 7 };

/* A mean over rows: its first terms, what divides their sum, and its value. */
struct mean {
	double terms[ALL_TERMS];
	size_t shown; /* of terms */
	bool more;    /* there are terms that are not shown */
	size_t divisor;
	struct compared number;
};

/* A mean of so many terms, of which `known` are known.  The caller sets terms and number. */
struct mean explain_first_terms(size_t terms, size_t known, size_t divisor);

/* Prints "   = (a + b + ...) / 7", then the mean beside the device's. */
void explain_mean(const struct mean *mean);

/* Adds theory, device, and their difference in ulps. */
void explain_comparison(struct table *table, struct compared number);

/* Prints "   title = before - lr * gradient = after" for the parameter at that place. */
void explain_step(const char *title, const gf_epoch *epoch, size_t at, double gradient);

#endif
