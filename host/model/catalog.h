/* catalog.h: the words of the lists in gpufitcl.h, as files and reports spell them. */
#ifndef GF_CATALOG_H
#define GF_CATALOG_H

#include "gpufitcl.h"

const char *loss_word(gf_loss loss);
const char *optimizer_word(gf_optimizer optimizer);
const char *engine_word(gf_engine engine);

const char *schedule_word(gf_schedule schedule);

/* What a loss takes for targets. */
enum loss_targets {
	TARGETS_NUMBERS,       /* any */
	TARGETS_COUNTS,        /* 0 or above: poisson */
	TARGETS_PROBABILITIES, /* two classes, or numbers from 0 to 1: bce */
	TARGETS_TWO_CLASSES,   /* hinge, squared_hinge */
	TARGETS_CLASSES        /* two or more: cross_entropy */
};

enum loss_targets loss_targets(gf_loss loss);
int loss_takes_classes(gf_loss loss);

/* Whether the mean of weighted rows divides by the sum of their weights, as PyTorch's mse, l1 and
 * cross_entropy do; else by the rows, as its bce and huber. */
int loss_divides_by_weights(gf_loss loss);

/* 1 where word is one of the list, which *loss then is; else 0. */
int loss_parse(const char *word, gf_loss *loss);

/* As in gf_config; each loss looks at one of them, or at none. */
struct loss_parameters {
	double delta, beta, epsilon, quantile, label_smoothing;
};

/* PyTorch's, where it has the loss. */
struct loss_parameters loss_parameters_default(void);

struct loss_parameters loss_parameters_of(const gf_config *config);

/* The word of the parameter that the loss looks at, with *value where in parameters it is; NULL:
 * it looks at none. */
const char *loss_parameter(gf_loss loss, struct loss_parameters *parameters, double **value);

const char *missing_word(gf_missing missing);

/* As loss_parse. */
int missing_parse(const char *word, gf_missing *missing);

#endif
