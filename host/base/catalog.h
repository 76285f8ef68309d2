/*
 * catalog.h: the words of the lists in gpufitcl.h, as files and reports spell them, and one row of
 * facts for each loss and each optimiser.
 *
 * What a row cannot hold is a formula: losses.c and updates.c have them in double, loss.cl and
 * optimizer.cl for the device, schedule.c has the rates of a step.  Each of these is made from the
 * list, so that a word without a formula does not compile.
 */
#ifndef GF_CATALOG_H
#define GF_CATALOG_H

#include "gpufitcl.h"

#include <stddef.h>

const char *engine_word(gf_engine engine);
const char *schedule_word(gf_schedule schedule);
const char *missing_word(gf_missing missing);

/* ---- numbers ---- */

/* Where a number of the configuration may lie. */
enum range {
	RANGE_ANY,
	RANGE_ABOVE_ZERO,
	RANGE_ZERO_OR_ABOVE,
	RANGE_ZERO_TO_ONE, /* both ends are possible */
	RANGE_UP_TO_ONE,   /* above 0 */
	RANGE_BELOW_ONE,   /* from 0 on */
	RANGE_INSIDE,      /* above 0, below 1 */
	RANGE_COUNT
};

/* No range has an infinity or NaN.  Whether float can hold the value is not asked. */
int range_has(enum range range, double value);

/* "a number above 0" */
const char *range_words(enum range range);

/* ---- losses ---- */

/* What a loss takes for targets. */
enum loss_targets {
	TARGETS_NUMBERS,       /* any */
	TARGETS_COUNTS,        /* 0 or above: poisson */
	TARGETS_PROBABILITIES, /* bce.  Two labels: y is 0 and 1; more of them, or a number that is
				  not whole: from 0 to 1, as they are */
	TARGETS_TWO_CLASSES,   /* hinge, squared_hinge.  Two labels: y is -1 and 1 */
	TARGETS_CLASSES        /* cross_entropy.  Two labels or more: y is the class index */
};

/* As in gf_config; each loss looks at one of them, or at none. */
struct loss_parameters {
	double delta, beta, epsilon, quantile, label_smoothing;
};

struct loss {
	const char *word;
	enum loss_targets targets;
	int divides_by_weights; /* the mean of weighted rows divides by the sum of their weights, as
				   PyTorch's mse, l1 and cross_entropy do; else by the rows */
	int has_kink;           /* its slope jumps where it is least: the gradient does not fade */
	const char *parameter;  /* its member of loss_parameters and of gf_config; NULL: none */
	size_t parameter_offset; /* in struct loss_parameters */
	enum range parameter_range;
};

const struct loss *loss_of(gf_loss loss);

const char *loss_word(gf_loss loss);
enum loss_targets loss_targets(gf_loss loss);
int loss_takes_classes(gf_loss loss);

/* 1 where word is one of the list, which *loss then is; else 0. */
int loss_parse(const char *word, gf_loss *loss);

/* PyTorch's, where it has the loss. */
struct loss_parameters loss_parameters_default(void);

struct loss_parameters loss_parameters_of(const gf_config *config);

/* The word of the parameter that the loss looks at, with *value where in parameters it is; NULL:
 * it looks at none. */
const char *loss_parameter(gf_loss loss, struct loss_parameters *parameters, double **value);

/* ---- optimisers ---- */

/* Members of gf_config that some optimisers look at, and others do not. */
enum optimizer_option {
	OPTIMIZER_MOMENTUM = 1 << 0,
	OPTIMIZER_DAMPENING = 1 << 1,
	OPTIMIZER_NESTEROV = 1 << 2,
	OPTIMIZER_BETAS = 1 << 3,
	OPTIMIZER_AMSGRAD = 1 << 4,
	OPTIMIZER_ALPHA = 1 << 5,
	OPTIMIZER_CENTERED = 1 << 6,
	OPTIMIZER_LR_DECAY = 1 << 7,
	OPTIMIZER_EPS = 1 << 8
};

struct optimizer {
	const char *word;
	unsigned options; /* of enum optimizer_option */

	/* What GF_DEFAULT stands for: torch.optim's, but sgd's rate, which is the notebook's. */
	double lr, weight_decay, eps;

	int decoupled_decay; /* weight_decay pulls the parameter, not the gradient */

	/* Numbers of state a parameter, as many as the most of those that apply. */
	struct {
		size_t always, momentum, centered, amsgrad;
	} planes;
};

const struct optimizer *optimizer_of(gf_optimizer optimizer);
const char *optimizer_word(gf_optimizer optimizer);

/* 1: the optimiser looks at that member. */
int optimizer_has(gf_optimizer optimizer, enum optimizer_option option);

/* As loss_parse. */
int missing_parse(const char *word, gf_missing *missing);

#endif
