/*
 * gpufitcl_report.h: the structs that calls of gpufitcl.h fill: devices, progress, epochs, reports
 * of a training, metrics, columns of a model.
 *
 *	N rows, D features, K outputs, P parameters: of each layer the weight (outputs, inputs)
 *	row-major, then the bias (outputs)
 */
#ifndef GPUFITCL_REPORT_H
#define GPUFITCL_REPORT_H

#include "gpufitcl_words.h"

#include <stddef.h>
#include <stdint.h>

/* ---- devices ---- */

typedef struct gf_device_info {
	size_t index;    /* counts all devices of all platforms */
	size_t platform; /* P of "P:D" */
	size_t device;   /* D of "P:D" */
	char name[256];
	char platform_name[256];
	char version[128]; /* "OpenCL 3.0 ..." */
	char driver[128];
	char type[16]; /* "cpu", "gpu", "accelerator" or "custom" */
	size_t compute_units;
	uint64_t memory_bytes;
	uint64_t max_alloc_bytes; /* of one buffer */
	int unified_memory;       /* 1: host and device share one memory */
	char passed_over[512]; /* by gf_device_find for NULL: a sentence about the device that would
				     have been the default but cannot build kernels; "": none */
} gf_device_info;

/* A case of gf_selftest. */
typedef struct gf_selftest_result {
	const char *kernel; /* its name in kernels/ */
	const char *what;   /* the case, in words */
	int passed;
	char detail[256];     /* of a failed case: the place, what was found and wanted */
	size_t number, total; /* 1, 2 ... of all cases; total falls if the device cannot run one */
} gf_selftest_result;

/* ---- while a call runs ---- */

/* on_progress gets one when a phase begins, and again while the phase can tell how far it is. */
typedef struct gf_progress {
	gf_phase phase;
	uint64_t done, total; /* total 0: unknown */
} gf_progress;

/* What GF_WANT_ bits ask of an epoch. */
#define GF_WANT_PARAMETERS 1u
#define GF_WANT_OUTPUTS    2u

/* An epoch, as the engine computed it in float.  Its pointers are valid until on_epoch returns.
 * With mini-batches before, gradient and after are those of the first step. */
typedef struct gf_epoch {
	size_t epoch;
	float loss;     /* full batch: at the parameters before the update; mini-batches: the mean
			   over the rows, each before the update of its batch */
	float val_loss; /* at the parameters after the epoch; NaN without validation */
	double lr;      /* of the first step */
	size_t parameters;     /* P */
	const float *before;   /* (P); NULL without GF_WANT_PARAMETERS */
	const float *gradient; /* (P); NULL without GF_WANT_PARAMETERS */
	const float *after;    /* (P); NULL without GF_WANT_PARAMETERS */
	size_t output_rows;    /* at most config.output_rows */
	const float *outputs;  /* (output_rows, K); NULL without GF_WANT_OUTPUTS */
} gf_epoch;

/* ---- a training ---- */

/* A kernel or a copy, by its name. */
typedef struct gf_profile_row {
	char name[32];
	size_t calls;
	double total_seconds, min_seconds, max_seconds;
	uint64_t bytes; /* that all calls read and wrote; 0: not counted */
} gf_profile_row;

/* A kernel or a copy that a device has done.  Times are seconds of POSIX's CLOCK_MONOTONIC: the
 * device's clock, shifted so that no work seems enqueued before the host's call that did it. */
typedef struct gf_span {
	gf_span_kind kind;
	const char *name; /* as in gf_profile_row; valid until on_span returns */
	uint64_t bytes;   /* read and written; 0: not counted */
	double queued, begin, end;
} gf_span;

#define GF_PROFILE_ROWS 48 /* all kernels and buffers are fewer */

/* Where the time of gf_fit went: wall is the sum of open, build, upload, train, check, ceiling and
 * other.  The rows have the device's part of upload and train. */
typedef struct gf_profile {
	double wall_seconds, open_seconds, build_seconds, upload_seconds, train_seconds,
		check_seconds, ceiling_seconds, other_seconds;
	double ceiling_bytes_per_second; /* what a kernel that only reads the data reached */
	size_t rows_count;
	gf_profile_row rows[GF_PROFILE_ROWS];
} gf_profile;

/* The parameters with the least mse on the training rows, without penalties, in double.  Errors are
 * the standard errors of linear regression: residuals are independent and have one deviation, or
 * with sample weights one that is divided by the root of the weight. */
typedef struct gf_least_squares {
	size_t features, outputs; /* D, K */
	size_t rank; /* of the features minus their means, or unchanged without a bias.  Below D:
			some features depend on others, and all members below are NaN or NULL */
	double condition; /* largest / smallest eigenvalue of the features' correlation matrix
			     (without a bias: of their products, scaled to a diagonal of 1) */
	const double *weight, *weight_error; /* (K, D) row-major */
	const double *bias, *bias_error;     /* (K); zeros without a bias */
	const double *residual; /* (K) standard deviation of the residuals; it and the errors are
				   NaN if there are as many parameters as rows */
} gf_least_squares;

/* ---- statistics ---- */

/* A parameter of a linear model, and how well the data determine it. */
typedef struct gf_coefficient {
	double estimate;     /* the model's parameter */
	double std_error;    /* standard deviation of the estimate */
	double statistic;    /* estimate / std_error */
	double p_value;      /* of a |statistic| as large or larger, if the true parameter is 0 */
	double lower, upper; /* ends of the confidence interval */
	double newton;       /* how many standard errors one step of Newton's method would add */
	int dropped; /* 1: its column depends on others.  The parameter is taken as 0, those of the
			others as of the same model without it, and all members above are NaN */
} gf_coefficient;

/* How well a model explains a target; of cross_entropy, all classes.  Sums are weighted.  NaN: the
 * loss or the data give no such number. */
typedef struct gf_goodness {
	double df_model, df_residual; /* degrees of freedom */
	double log_likelihood,
		null_log_likelihood;     /* null: of the bias alone, or of outputs of 0 */
	double deviance, null_deviance;  /* mse: sums of squares */
	double pearson_chi2, dispersion; /* sum of (y - mean)^2 / variance; that / df_residual */
	double aic, bic;                 /* count the parameters, but no deviation of residuals */
	double r2, adjusted_r2;          /* mse */
	double pseudo_r2;                /* bce, poisson, cross_entropy: McFadden's */
	double test, test_p_value; /* that all weights are 0: F if uses_t is 1, else chi-squared */
} gf_goodness;

/* Inference about a linear model by its Fisher information, as by R's lm and glm and by Stata's
 * mlogit.  It holds at the largest likelihood: newton says how far the training is from it. */
typedef struct gf_statistics {
	double level;     /* of the confidence intervals */
	size_t rows;      /* whose weight is above 0 */
	size_t features;  /* D */
	size_t equations; /* rows of coefficients: K; of cross_entropy K - 1, where row k is class
			     k + 1 minus class 0, since adding the same to all classes changes no
			     probability */
	size_t fits;      /* K; of cross_entropy 1 */
	int has_bias;
	int uses_t; /* 1: p-values and intervals are of Student's t with df_residual; 0: normal */
	double newton; /* a step of Newton's method moves no parameter, and no weighted sum of
			  them, by more standard errors */
	const gf_coefficient *weight; /* (equations, D) row-major; NULL: why says why not */
	const gf_coefficient *bias;   /* (equations) */
	const gf_goodness *fit;       /* (fits) */
	char why[512];                /* "": there are statistics */
} gf_statistics;

typedef struct gf_report {
	char device[256];   /* "host" for the reference engine */
	gf_engine engine;   /* that ran, never auto */
	char why[256];      /* why auto chose it */
	gf_kernels kernels; /* that ran; auto: the reference engine, which has none */
	char kernels_why[64];
	size_t ranks;                   /* that took part (gpufitcl_comm.h), 1 without others */
	char ranks_why[160];            /* how they shared the rows of a step; "" without others */
	size_t rows, features, outputs; /* N, D, K */
	size_t train_rows;              /* rows that trained; the others validated */
	size_t parts, parts_held; /* parts of the features, and those on the device at a time */
	uint64_t sent_bytes;      /* of features in parts that took turns there, by all steps */
	size_t epochs, steps;     /* that were done */
	float first_loss;         /* of epoch 0 */
	float loss;               /* at the final parameters; after a failure, of the last epoch */
	double lr;                /* of the first step */
	float val_loss;           /* at the final parameters; NaN without validation */

	/* As in gf_metrics, of the rows that trained and of those that validated, at the final
	 * parameters; NaN: no such rows, a failure, or r2 of classes and accuracy of numbers. */
	double r2, val_r2;
	double accuracy, val_accuracy;

	size_t best_epoch; /* with validation or patience: its parameters are the result */
	int stopped_early; /* patience ended the training */
	int converged;     /* tolerance ended the training */

	/* The gradient's largest number at the first and the last step, of a full batch and a
	 * smooth loss; NaN: unknown. */
	double gradient_first, gradient_last;

	double epochs_needed; /* about how many until the loss is within 1e-6 of its least,
				 relative to it; 0: unknown */
	double lr_limit;      /* after a divergence: the largest lr that can converge; else 0 */

	size_t checked, unchecked; /* steps that were compared with the reference, and others */
	double worst_check;        /* the largest |difference| / bound among the checked */

	const gf_least_squares *least_squares; /* engine moments: valid as long as the model */
	const gf_statistics *statistics; /* with config.statistics; valid as long as the model */
	double train_seconds;            /* the epochs and their validation */
	gf_profile profile;              /* all 0 without config.profile */
} gf_report;

/* ---- a model ---- */

/* Metrics in double, of the outputs that gf_predict computes; all rows weigh 1.  A metric that does
 * not apply is NaN. */
typedef struct gf_metrics {
	size_t rows;
	size_t classes; /* 0: the model predicts numbers */
	double loss;    /* the model's, as in training but without class weights */

	/* of numbers, as gf_model_mean gives them */
	double mse, rmse, mae; /* means over all rows and outputs */
	double r2;             /* mean over the outputs of 1 - residual / total sum of squares; of a
				  constant target 1 if all residuals are 0, else 0, as in
				  scikit-learn; NaN: there is only one row */

	/* of classes */
	double accuracy;

	/* of two classes, of which the second is the positive one */
	double auc;                   /* equal outputs count half; NaN if a class has no row */
	double precision, recall, f1; /* 0 / 0 is taken for 0, as in scikit-learn */
	size_t positives;             /* rows of the positive class */
	size_t positives_said;        /* rows for which the model predicts it */
} gf_metrics;

/* A layer of a model, as PyTorch's Linear(inputs, outputs). */
typedef struct gf_layer {
	size_t inputs, outputs;
	const float *weight; /* (outputs, inputs) row-major */
	const float *bias;   /* (outputs); zeros if the model has none */
} gf_layer;

/* A column of the data that trained a model. */
typedef struct gf_column {
	const char *name;
	size_t words;            /* each is a feature; 0: a column of numbers */
	const char *const *word; /* (words) */
	float mean;              /* replaces a missing number; NaN: nothing does */
	const char *most;        /* replaces a missing word; NULL: nothing does */
} gf_column;

#endif
