/*
 * gpufitcl_report.h: what gf_fit and gf_evaluate tell of their results.
 *
 *	N rows, D features, K outputs
 */
#ifndef GPUFITCL_REPORT_H
#define GPUFITCL_REPORT_H

#include "gpufitcl_words.h"

#include <stddef.h>
#include <stdint.h>

/* One line of a profile: a kernel or a copy by its name. */
typedef struct gf_profile_row {
	char name[32];
	size_t calls;
	double total_seconds, min_seconds, max_seconds;
	uint64_t bytes; /* read and written by all the calls; 0: not counted */
} gf_profile_row;

#define GF_PROFILE_ROWS 48 /* more than there are kernels and buffers */

/* Where the time of gf_fit went.  open + build + upload + train + check +
 * other = wall; the rows are the device's share of upload and train. */
typedef struct gf_profile {
	double wall_seconds, open_seconds, build_seconds, upload_seconds, train_seconds,
		check_seconds, ceiling_seconds, other_seconds;
	double ceiling_bytes_per_second; /* what our own read kernel reached just now */
	size_t rows_count;
	gf_profile_row rows[GF_PROFILE_ROWS];
} gf_profile;

/* Where mse is least on the rows that trained, penalties aside, from their moments in double.
 * Errors are the standard ones of linear regression: of independent residuals of one deviation, or
 * with weights of one that falls with the root of the weight. */
typedef struct gf_least_squares {
	size_t features, outputs; /* D, K */
	size_t rank; /* of the features about their means, or without a bias as they are; below D:
			 some depend on the others as far as double can tell, and all of the
			 following is NaN or NULL */
	double condition; /* largest / smallest eigenvalue of the features' matrix of correlations
			     (without a bias: of products over the roots of squares) */
	const double *weight, *weight_error; /* (K, D) row-major */
	const double *bias, *bias_error;     /* (K); zeros without a bias */
	const double *residual; /* (K) standard deviation of the residuals; NaN: as many
			     parameters as rows, and so are the errors */
} gf_least_squares;

typedef struct gf_report {
	char device[256];   /* "host" for the reference engine */
	gf_engine engine;   /* the one that ran, never auto */
	char why[256];      /* why auto chose it */
	gf_kernels kernels; /* those that ran; auto: the reference engine, which has none */
	char kernels_why[64];
	size_t rows, features, outputs;
	size_t epochs;     /* done */
	float loss;        /* at the final parameters; after a failure, of the last epoch */
	float first_loss;  /* of epoch 0 */
	size_t train_rows; /* of rows, those that trained; the others validated */
	size_t steps;      /* updates */
	double lr;         /* of the first step: what a default, lr_auto or a schedule came to */
	float val_loss;    /* at the final parameters; NaN without validation */
	double r2, val_r2; /* of gf_metrics, of the rows that trained and of those that validated,
			      at the final parameters; NaN: classes, no such rows, or a failure */
	double accuracy, val_accuracy; /* the same where the model predicts classes */
	size_t best_epoch; /* with validation or patience: whose parameters are the result */
	int stopped_early; /* patience ran out */
	int converged;     /* with tolerance: it ended there */
	double gradient_first,
		gradient_last; /* full batch and a smooth loss: the gradient's largest
						  number at the first and at the last step; NaN: not
						  known */
	double epochs_needed;  /* about how many to a relative excess loss of 1e-6; 0: not known */
	size_t checked;        /* steps that were compared with the reference */
	size_t unchecked;      /* steps of this run that were not */
	double worst_check;    /* largest |difference| / bound among them */
	const gf_least_squares *least_squares; /* of engine moments; the model's, as long as it
						  lives; else NULL */
	double train_seconds;                  /* of the epochs and their validation */
	double lr_limit;    /* after a divergence: the largest lr that can converge; else 0 */
	gf_profile profile; /* all 0 unless config.profile */
} gf_report;

/* In double, from the outputs as gf_predict gives them; all rows weigh alike.  What does not apply
 * is NaN. */
typedef struct gf_metrics {
	size_t rows;
	size_t classes; /* 0: the model predicts numbers */
	double loss;    /* the model's own, as in training but without class weights */

	/* of numbers: gf_model_mean */
	double mse, rmse, mae; /* means over all rows and outputs */
	double r2;             /* mean over the outputs of 1 - residual / total sum of squares; of a
				  constant target 1 where all residuals are 0, else 0, as in
				  scikit-learn; NaN: one row alone */

	/* of classes */
	double accuracy;
	double auc; /* of two, the second the positive one; equal outputs count half; NaN where a
		       class has no row */
	double precision, recall, f1; /* of the second of two; 0 where they are 0 / 0, as in
					 scikit-learn */
	size_t positives;             /* rows of the second of two */
	size_t positives_said;        /* rows that the model takes for it */
} gf_metrics;

#endif
