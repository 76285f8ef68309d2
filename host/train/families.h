/* families.h: the distributions of generalized linear models, by the losses that fit them
 * (McCullagh, Nelder, Generalized Linear Models, 2nd ed., chapter 2). */
#ifndef GF_FAMILIES_H
#define GF_FAMILIES_H

#include "catalog.h"

/* What a row of weight 1 adds to the sums.  mu is the mean at the output z, V its variance. */
struct family_terms {
	double information; /* (dmu/dz)^2 / V: the expected curvature of the log-likelihood */
	double score;       /* (y - mu) dmu/dz / V: the slope of the log-likelihood */
	double log_likelihood;
	double deviance; /* 2 (the log-likelihood at mu = y - that at mu) */
	double pearson;  /* (y - mu)^2 / V */
};

struct family {
	/* Of a row with output z and target y. */
	struct family_terms (*terms)(const struct loss_parameters *, double z, double y);
	double (*link)(double mean); /* z of a mean */
	/* 1: V is known up to a factor, the dispersion, which is estimated: errors are multiplied
	 * by its root, statistics have Student's distribution, and a row has no log-likelihood of
	 * its own, which then is 0. */
	int is_scaled;
};

/* Returns NULL if the loss is no log-likelihood of single outputs. */
const struct family *family_of(gf_loss loss);

/* Sums over rows. */
struct family_sums {
	double rows, weight, log_weight; /* number of rows; sums of weights and their logarithms */
	double log_likelihood, deviance, pearson;
};

/* Adds a row of that weight. */
void family_add(struct family_sums *sums, const struct family_terms *terms, double weight);

/* Returns the log-likelihood of all rows; NaN for gamma and tweedie, where it depends on how the
 * dispersion is estimated. */
double family_log_likelihood(gf_loss loss, const struct family_sums *sums);

#endif
