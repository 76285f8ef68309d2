/*
 * gpufitcl_search.h: trains many times on the same data, to choose: cross-validation by folds, and
 * the best of many configurations.  The data are on the device once for all trainings on the same
 * rows, and each program is built once.
 *
 *	gf_config configs[2];
 *	gf_search *search = NULL;
 *	gf_search_options options = {.configs = configs, .count = 2, .folds = 5};
 *
 *	gf_config_default(&configs[0]);
 *	configs[1] = configs[0];
 *	configs[1].l2 = 0.1;
 *	if (gf_search_run(&search, data, &options, &err) == GF_OK)
 *		printf("configuration %zu has a validation loss of %g +- %g\n",
 *			gf_search_best(search),
 *			gf_search_candidate(search, gf_search_best(search)).val_loss.mean,
 *			gf_search_candidate(search, gf_search_best(search)).val_loss.deviation);
 *	gf_search_free(search);
 */
#ifndef GPUFITCL_SEARCH_H
#define GPUFITCL_SEARCH_H

#include "gpufitcl.h"

GF_HEADER_BEGIN

/* ---- folds ---- */

/* Deals the rows to folds: fold (N) becomes numbers below `folds`.  seed draws a permutation of the
 * rows, as torch.randperm does after torch.manual_seed(seed).  In its order the rows of the first
 * class are dealt to the folds in turn, then those of the second class, and so on; targets that
 * the loss does not take for classes count as one class.  So the sizes of the folds, and the rows
 * of each class in them, differ by at most one.
 * GF_E_USAGE: folds is below 2 or above N, or N is above UINT32_MAX. */
gf_status gf_folds(uint32_t *fold, const gf_dataset *data, gf_loss loss, size_t folds,
	uint64_t seed, gf_error *err);

/* ---- a search ---- */

typedef struct gf_search_options {
	const gf_config *configs; /* (count) */
	size_t count;             /* at least 1 */

	/* 0, or 2 and more: trains each configuration once for each fold, on the rows of the other
	 * folds in their order, exactly as gf_fit does on these rows alone.  The rows of the fold
	 * are measured at the end of the training; they choose no epoch.  The seed of configs[0]
	 * draws the folds; configurations must not validate otherwise. */
	size_t folds;

	int refit; /* with folds: trains the best configuration on all rows, for gf_search_model */

	/* Called before each training, or NULL. */
	void (*on_training)(size_t done, size_t total, void *user);
	void *user;
} gf_search_options;

typedef struct gf_search gf_search;

/* Over folds: mean, and deviation with the divisor folds - 1.  Without folds deviation is NaN. */
typedef struct gf_spread {
	double mean, deviation;
} gf_spread;

/* A configuration, and how well it did. */
typedef struct gf_candidate {
	gf_status status;        /* GF_OK; GF_E_DIVERGED; GF_E_INTERRUPTED: no training ended */
	const char *message;     /* why it diverged; else "" */
	size_t reports;          /* trainings that count: those of all folds, or 1 */
	const gf_report *report; /* (reports), by fold; without least_squares */
	gf_spread loss, val_loss, r2, val_r2, accuracy, val_accuracy; /* NaN as in gf_report */
} gf_candidate;

/* Trains each configuration.  One that diverges is no failure of the search.  *search is NULL
 * unless the status is GF_OK, GF_E_DIVERGED or GF_E_INTERRUPTED.
 * GF_E_DIVERGED: all configurations diverged.  GF_E_INTERRUPTED: a configuration's stop returned 1;
 * the folds that all configurations have trained count, or without folds each training that ended.
 * GF_E_USAGE: folds and validation contradict each other.  Others as gf_fit. */
gf_status gf_search_run(gf_search **search, const gf_dataset *data,
	const gf_search_options *options, gf_error *err);
void gf_search_free(gf_search *search);

size_t gf_search_count(const gf_search *search); /* of configurations */
gf_candidate gf_search_candidate(const gf_search *search, size_t index);

/* The index of the configuration with the least mean val_loss, or loss where no rows validate; of
 * equals the first.  With maximize, the largest counts.  SIZE_MAX: none has been trained. */
size_t gf_search_best(const gf_search *search);

/* The model of the best configuration, trained on all rows; NULL: with folds and without refit, or
 * if there is none. */
const gf_model *gf_search_model(const gf_search *search);

/* ---- a path of penalties ---- */

/*	 word	its use, in the words of --help and the man page */
#define GF_PENALTY_LIST(X)                                                  \
	X(l1, "lasso: more and more weights become 0 as the penalty grows") \
	X(l2, "ridge: all weights become smaller as the penalty grows")

#define GF_PENALTY_LINE(word, help) GF_PENALTY_##word,
typedef enum gf_penalty { GF_PENALTY_LIST(GF_PENALTY_LINE) GF_PENALTY_COUNT } gf_penalty;
#undef GF_PENALTY_LINE

/* A path as glmnet has it: a linear model for each of many penalties, from the largest useful one
 * down, each training begun at the result of the one before.  The largest l1 is the least one with
 * which all weights are 0; the largest l2 is a hundred times that. */
typedef struct gf_path_options {
	gf_penalty penalty; /* the member of gf_config that the path sets */
	size_t points;      /* 0: 100 */
	double ratio;       /* smallest / largest penalty; 0: 1e-4, but 0.01 if N < D */
	size_t folds;       /* as in gf_search_options; 0: none */

	/* Called before each training, or NULL.  The path may end before its total. */
	void (*on_training)(size_t done, size_t total, void *user);
	void *user;
} gf_path_options;

typedef struct gf_path gf_path;

typedef struct gf_path_point {
	double penalty;        /* of six digits: gf_fit with it goes to the same minimum */
	size_t nonzeros;       /* weights that are not 0 */
	double loss;           /* without the penalty */
	double deviance_ratio; /* the part of the null deviance that the model explains: 1 - (loss
				  - s) / (n - s), where n is the loss of the best model with a
				  bias alone and s that of a prediction of each target itself */
	size_t epochs;
	int converged;                   /* 0: the config's epochs were not enough */
	double val_loss, val_loss_error; /* over folds: mean, and its standard error, the deviation
					    over the root of their number; NaN without folds */
	const gf_model *model;           /* of all rows; valid as long as the path */
} gf_path_point;

/* Trains the path.  The loss is mse, bce, cross_entropy, poisson, gamma or tweedie; each training
 * is of full batches, and ends by config.tolerance; 0: 1e-5 of the largest slope of the loss of the
 * model with a bias alone.  lr GF_DEFAULT: as lr_auto, where the loss has a bound on its curvature.
 * The path ends early where the model explains over 0.999 of the deviance, or where a further point
 * explains hardly more.  *path is NULL unless the status is GF_OK or GF_E_INTERRUPTED, when the
 * points and folds that ended count.
 * GF_E_USAGE: a member of config that the path has no use for.  GF_E_DATA: no penalty is of use, as
 * for constant targets.  GF_E_DIVERGED: a training diverged; the message names its penalty. */
gf_status gf_path_run(gf_path **path, const gf_dataset *data, const gf_config *config,
	const gf_path_options *options, gf_error *err);
void gf_path_free(gf_path *path);

size_t gf_path_count(const gf_path *path);            /* of points */
const gf_report *gf_path_report(const gf_path *path); /* of the first point: device, engine, .. */
gf_path_point gf_path_at(const gf_path *path, size_t index);

/* The index of the point with the least val_loss, and of the largest penalty whose val_loss is
 * within one standard error of that.  SIZE_MAX: there are no folds. */
size_t gf_path_best(const gf_path *path);
size_t gf_path_simplest(const gf_path *path);

GF_HEADER_END

#endif
