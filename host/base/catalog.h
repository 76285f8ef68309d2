/*
 * catalog.h: the words of the lists in gpufitcl.h, as files and reports spell them, and one row of
 * facts for each loss and each optimiser.
 *
 * Formulas stand elsewhere: in double in losses.c and updates.c, for the device in loss.cl and
 * optimizer.cl, and the rates of a step in schedule.c.  All of these expand the same list, so a
 * word without a formula does not compile.
 */
#ifndef GF_CATALOG_H
#define GF_CATALOG_H

#include "gpufitcl.h"

#include <stddef.h>

/* Lists words in a message: "wanted one of:" GF_LOSS_LIST(SPACED_WORD). */
#define SPACED_WORD(word, help) " " #word

const char *engine_word(gf_engine engine);
const char *schedule_word(gf_schedule schedule);
const char *missing_word(gf_missing missing);
const char *activation_word(gf_activation activation);

/* Return 1 if word is one of the list, and set *loss, *missing or *activation. */
int loss_parse(const char *word, gf_loss *loss);
int missing_parse(const char *word, gf_missing *missing);
int activation_parse(const char *word, gf_activation *activation);

/* ---- numbers ---- */

/* The range of a number in the configuration. */
enum range {
	RANGE_ANY,
	RANGE_ABOVE_ZERO,
	RANGE_ZERO_OR_ABOVE,
	RANGE_ZERO_TO_ONE, /* both ends are possible */
	RANGE_UP_TO_ONE,   /* above 0 */
	RANGE_BELOW_ONE,   /* from 0 on */
	RANGE_INSIDE,      /* above 0, below 1 */
	RANGE_ONE_TO_TWO,  /* above 1, below 2, in float too */
	RANGE_COUNT
};

/* Returns 1 if value is in the range; infinity and NaN never are.  A value beyond float's range may
 * be. */
int range_has(enum range range, double value);

/* The range as messages name it: "a number above 0". */
const char *range_words(enum range range);

/* ---- losses ---- */

/* The targets that a loss takes. */
enum loss_targets {
	TARGETS_NUMBERS,       /* any */
	TARGETS_ZERO_OR_ABOVE, /* poisson, tweedie */
	TARGETS_POSITIVE,      /* gamma */
	TARGETS_PROBABILITIES, /* bce.  Two labels become 0 and 1; fractions and more numbers must
				  be from 0 to 1 and stay as they are */
	TARGETS_TWO_CLASSES,   /* hinge, squared_hinge.  Two labels become -1 and 1 */
	TARGETS_CLASSES        /* cross_entropy.  Two labels or more become class indices */
};

/* Members of gf_config.  Each loss uses one of them, or none. */
struct loss_parameters {
	double delta, beta, epsilon, quantile, label_smoothing, power;
};

struct loss {
	const char *word;
	enum loss_targets targets;
	int divides_by_weights; /* 1: the mean of weighted rows divides by the sum of their weights,
				   as PyTorch's mse, l1 and cross_entropy do; 0: by the rows */
	int has_log_link;       /* 1: an output is the logarithm of the mean */
	int has_kink; /* 1: the slope jumps at the minimum, so the gradient does not fade */
	const char *parameter;   /* its member of loss_parameters and of gf_config; NULL: none */
	size_t parameter_offset; /* in struct loss_parameters */
	enum range parameter_range;
};

const struct loss *loss_of(gf_loss loss);

const char *loss_word(gf_loss loss);
enum loss_targets loss_targets(gf_loss loss);
int loss_takes_classes(gf_loss loss);

/* The defaults: PyTorch's for each loss that it has. */
struct loss_parameters loss_parameters_default(void);

struct loss_parameters loss_parameters_of(const gf_config *config);

/* The word of the parameter that the loss uses; *value points to it in parameters.  NULL: it uses
 * none. */
const char *loss_parameter(gf_loss loss, struct loss_parameters *parameters, double **value);

/* ---- optimisers ---- */

/* Members of gf_config that only some optimisers use. */
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

	/* The values of GF_DEFAULT: torch.optim's; sgd's rate is the notebook's. */
	double lr, weight_decay, eps;

	int decoupled_decay; /* 1: weight_decay shrinks the parameter, not the gradient */

	/* Numbers of state for each parameter: the largest of the members that apply. */
	struct {
		size_t always, momentum, centered, amsgrad;
	} planes;
};

const struct optimizer *optimizer_of(gf_optimizer optimizer);
const char *optimizer_word(gf_optimizer optimizer);

/* Returns 1 if the optimiser uses that member of gf_config. */
int optimizer_has(gf_optimizer optimizer, enum optimizer_option option);

#endif
