/*
 * gpufitcl.h: trains linear models by gradient descent on any OpenCL device,
 * and proves each step against a reference in double precision.
 *
 *	#include <gpufitcl.h>
 *	#include <stdio.h>
 *
 *	int main(void)
 *	{
 *		gf_error err = {0};
 *		gf_dataset *data = NULL;
 *		gf_model *model = NULL;
 *		gf_config config;
 *
 *		gf_config_default(&config);
 *		if (gf_dataset_read(&data, "houses.csv", NULL, &err) ||
 *		    gf_fit(&model, data, &config, NULL, &err) ||
 *		    gf_model_save(model, "houses.safetensors", &err))
 *			fprintf(stderr, "houses: %s\n", err.message);
 *		gf_model_free(model);
 *		gf_dataset_free(data);
 *		return err.status != GF_OK;
 *	}
 *
 * Letters used in every shape: N rows, D features, K outputs, P = K (D + 1)
 * parameters: weight (K, D) row-major, then bias (K), as in PyTorch's Linear.
 *
 * Every function that can fail returns a gf_status, GF_OK (0) when it did what
 * it says.  It begins by clearing *err, so that one gf_error does for many calls,
 * and fills it once, at the first cause; err may be NULL.  NULL for a config or for
 * options means the defaults; where an object or a place for a result is NULL the
 * answer is GF_E_USAGE with a sentence.  Functions without an error answer 0 or NULL
 * for NULL, and for an index beyond the last.  Indices count from 0.  What a
 * function hands out through a pointer-to-pointer is the caller's, to be given
 * to the matching _free, which takes NULL.  The library does not print, exit,
 * read the environment or change the locale, and keeps no state of its own
 * between calls.
 */
#ifndef GPUFITCL_H
#define GPUFITCL_H

#include "gpufitcl_report.h"
#include "gpufitcl_words.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#define GF_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/* The library is built with all other names hidden. */
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- errors ---- */

typedef enum gf_status {
	GF_OK,
	GF_E_DIVERGED,    /* the loss stopped being finite, or grew a millionfold */
	GF_E_CHECK,       /* a step left the bound around the reference */
	GF_E_USAGE,       /* an argument that cannot be */
	GF_E_DATA,        /* a data or model file that cannot be right */
	GF_E_NOINPUT,     /* an input that cannot be opened */
	GF_E_UNAVAILABLE, /* no such device, or no OpenCL at all */
	GF_E_OPENCL,      /* an OpenCL call failed */
	GF_E_MEMORY,      /* the host's memory is not enough */
	GF_E_CANTCREATE,  /* an output that cannot be created */
	GF_E_IO,          /* reading or writing broke off */
	GF_E_INTERRUPTED, /* the caller asked to stop; what was done until then is valid */
} gf_status;

typedef struct gf_error {
	gf_status status;
	char message[4096]; /* one sentence, UTF-8, no newline at its end */
} gf_error;

/* ---- progress ---- */

/* What a call is busy with.  A callback on_progress hears of each phase when it begins, and of
 * those that can tell how far they are again and again, on the thread of the call. */
typedef struct gf_progress {
	gf_phase phase;
	uint64_t done, total; /* total 0: not known */
} gf_progress;

/* ---- data ---- */

typedef struct gf_dataset gf_dataset;
typedef struct gf_model gf_model;

typedef struct gf_read_options {
	const char *target;   /* columns: names, 1-based numbers or ranges ("3-7"), separated by
				 commas; several such lists, one a line, add up; NULL: the last
				 column */
	const char *features; /* the same; NULL: every column that is no target */
	const char *exclude; /* the same: columns that are neither feature nor target; NULL: none */
	int header;          /* 1 yes, 0 no, -1 auto: line 1 is one when a field is no number */
	char delimiter;      /* 0: the first lines decide among , tab ; | and space */
	char decimal;        /* the decimal mark: '.', or ',' where no comma is the delimiter */
	const char *comment; /* lines that begin with this are left out; NULL: none */
	size_t skip_lines;   /* lines left out at the beginning, before all else */
	gf_encoding encoding;   /* of text without a byte order mark */
	const char *na;         /* the words that stand for a missing value, separated by commas,
				    beside an empty field; NULL: GF_NA_WORDS */
	const gf_model *model;  /* read what this model needs: columns by the names it
				         remembers; target columns only if with_target */
	int with_target;        /* with a model: 1, the targets must be there as well */
	const gf_dataset *like; /* read as that data, which trains: its columns, words, means and
				   classes; for data that validate; with a model: none */
	gf_loss loss;        /* whose targets they are to be: classes become their index, and what
				  the loss cannot take is an error; with a model: the model's */
	const char *labels;  /* the targets are in this file, of as many rows; NULL: they are not */
	const char *one_hot; /* columns, as in features: words, each a feature of 0 and 1 */
	const char *sample_weight; /* the column of each row's weight; NULL: all weigh 1 */
	gf_missing missing;
	gf_unseen unseen; /* with a model or like: words of a one-hot column that are new */
	int index_base;   /* the first index of svmlight, 0 or 1; -1: that of the model's data or of
			     like, else 0 where the file has an index 0 */
	const char *keep; /* columns, as in features: their texts stay with the dataset as they
			     stand, also where they are features or targets; NULL: none */
	void (*notice)(const char *text, void *user); /* a sentence about the data that the user
							 should know, not an error; or NULL */
	void (*on_progress)(const gf_progress *progress, void *user); /* or NULL */
	void *user; /* of notice and on_progress */
} gf_read_options;

/* All 0, but header and index_base -1 (auto), decimal '.', missing auto and with_target 1. */
void gf_read_options_default(gf_read_options *options);

/* Reads CSV or TSV, .npy, svmlight or IDX, told apart by what is in the file, plain or
 * compressed by gzip; "-" is standard input.  options may be NULL.
 * GF_E_NOINPUT: cannot be opened.  GF_E_DATA: "file:line: column 3 ("price"): what was found".
 * GF_E_IO: reading broke off. */
gf_status gf_dataset_read(
	gf_dataset **data, const char *path, const gf_read_options *options, gf_error *err);

/* Data in the caller's memory.  A member that is 0 or NULL has its default, so that a program names
 * only the members that it needs:
 * (gf_arrays){.rows = n, .features = d, .outputs = 1, .x = x, .y = y}. */
typedef struct gf_arrays {
	size_t rows, features; /* N, D; at least 1 of each */
	size_t outputs;        /* columns of y; 0: no targets, which gf_predict does without */
	const float *x;        /* (N, D) row-major, finite */
	const float *y;        /* (N, outputs) row-major, finite; NULL where outputs is 0 */
	const float *weights;  /* (N) of each row, finite, 0 or above, not all 0; NULL: all 1 */

	/* Each UTF-8, not empty, and there once. */
	const char *const *feature_names; /* (D); NULL: "x1".., or "x" alone */
	const char *const *target_names;  /* (outputs); NULL: "y1".., or "y" alone */

	/* What y is.  classes 0: numbers, which become what the loss takes, as those of a file
	 * do: for cross_entropy each distinct value is a class, its index the value's place
	 * among them all, its name the value ("2", "5"); for a hinge the lower of two values is
	 * -1 and the other 1; mse, the default, takes y as it is.
	 * Else y (N, 1) has the indices of classes, from 0 to classes - 1. */
	gf_loss loss;
	size_t classes;                 /* 2 or more; or 0 */
	const char *const *class_names; /* (classes); NULL: "0", "1".. */
} gf_arrays;

/* Copies everything that arrays points to, so that the caller may free it afterwards.
 * GF_E_USAGE: the members do not fit together.  GF_E_DATA: a number, index or name is not allowed,
 * or the loss cannot take it; the message names the first one: "weights: row 3, from 0: -1; wanted:
 * 0 or a number above".  GF_E_MEMORY. */
gf_status gf_dataset_new(gf_dataset **data, const gf_arrays *arrays, gf_error *err);

size_t gf_dataset_rows(const gf_dataset *data);
size_t gf_dataset_features(const gf_dataset *data);
size_t gf_dataset_outputs(const gf_dataset *data); /* 0: read without targets */
const float *gf_dataset_x(const gf_dataset *data); /* (N, D) row-major */
const float *gf_dataset_y(
	const gf_dataset *data); /* (N, K) row-major, or NULL; a class: its index */
const float *gf_dataset_weights(const gf_dataset *data); /* (N), or NULL: all weigh 1 */
size_t gf_dataset_classes(const gf_dataset *data);       /* 0: the targets are numbers */
const char *gf_dataset_class_name(const gf_dataset *data, size_t class_index); /* as in the file */
size_t gf_dataset_dropped(const gf_dataset *data); /* rows left out by GF_MISSING_drop */
/* Which row that one was (index below dropped), counted from 0 among all rows; they rise. */
size_t gf_dataset_dropped_row(const gf_dataset *data, size_t index);
size_t gf_dataset_kept(
	const gf_dataset *data); /* columns that keep asked for, in the file's order */
const char *gf_dataset_kept_name(const gf_dataset *data, size_t column);
/* row counts from 0 among all rows, those left out too.  NULL: there is no such row or column. */
const char *gf_dataset_kept_text(const gf_dataset *data, size_t row, size_t column);
const char *gf_dataset_feature_name(const gf_dataset *data, size_t feature);
const char *gf_dataset_target_name(const gf_dataset *data, size_t output);
void gf_dataset_free(gf_dataset *data);

/* ---- devices ---- */

typedef struct gf_device_info {
	size_t index;    /* what --device takes: counts all devices of all platforms from 0 */
	size_t platform; /* P of "P:D" */
	size_t device;   /* D of "P:D" */
	char name[256];
	char platform_name[256];
	char version[128]; /* "OpenCL 3.0 ..." */
	char driver[128];
	char type[16]; /* "cpu", "gpu", "accelerator" or "custom" */
	size_t compute_units;
	uint64_t memory_bytes;
	uint64_t max_alloc_bytes;
	int unified_memory; /* 1: host and device share one memory */
} gf_device_info;

/* list (count) is the caller's: gf_device_list_free.
 * GF_E_UNAVAILABLE: no platform, or none with a device, with a word on what helps. */
gf_status gf_device_list(gf_device_info **list, size_t *count, gf_error *err);
void gf_device_list_free(gf_device_info *list);

/* The device that `spec` names: an index, "P:D", "gpu", "cpu", or part of a
 * name; NULL: the first GPU, else accelerator, else CPU.
 * GF_E_UNAVAILABLE: none or several match; the message lists them. */
gf_status gf_device_find(gf_device_info *info, const char *spec, gf_error *err);

/* Names of the OpenCL platforms that load, with devices or without: "A, B", as much as fits into
 * names (room bytes).  Returns how many platforms there are. */
size_t gf_platform_names(char *names, size_t room);

/* ---- training ---- */

/* What one epoch did, as the engine computed it in float.  Pointers are valid
 * during the call that hands the step out.  With mini-batches before, gradient and
 * after are those of the epoch's first step. */
typedef struct gf_epoch {
	size_t epoch;
	float loss;        /* full batch: at the parameters before the update; else the row-weighted
		       mean over the epoch's batches, each before its update */
	float val_loss;    /* at the parameters after the epoch; NaN without validation */
	double lr;         /* of the epoch's first step */
	size_t parameters; /* P */
	const float *before;   /* (P), or NULL unless GF_WANT_PARAMETERS */
	const float *gradient; /* (P), or NULL unless GF_WANT_PARAMETERS */
	const float *after;    /* (P), or NULL unless GF_WANT_PARAMETERS */
	size_t output_rows;    /* rows of outputs: at most config.output_rows */
	const float *outputs;  /* (output_rows, K), or NULL unless GF_WANT_OUTPUTS */
} gf_epoch;

#define GF_WANT_PARAMETERS 1u
#define GF_WANT_OUTPUTS    2u

/* Where a number has a default that depends on a word: NaN. */
#define GF_DEFAULT ((double)NAN)

typedef struct gf_config {
	const char *device; /* as gf_device_find takes it */
	gf_engine engine;
	gf_kernels kernels; /* the bits are the same */

	gf_loss loss;
	double delta;           /* huber; > 0; 1 */
	double beta;            /* smooth_l1; >= 0; 1 */
	double epsilon;         /* epsilon_insensitive; >= 0; 0.1, as scikit-learn's */
	double quantile;        /* in (0, 1); 0.5 */
	double label_smoothing; /* cross_entropy; in [0, 1); 0 */
	gf_class_weight class_weight;

	gf_optimizer optimizer;
	double lr;           /* > 0; GF_DEFAULT: sgd 0.01, else PyTorch's */
	int lr_auto;         /* 1: 1/L, L the largest curvature of the full-batch loss */
	double momentum;     /* sgd, rmsprop; >= 0; 0 */
	double dampening;    /* sgd; 0 */
	int nesterov;        /* sgd */
	double weight_decay; /* >= 0; GF_DEFAULT: adamw 0.01, else 0 */
	int maximize;
	double betas[2];      /* adam, adamw; in [0, 1); 0.9, 0.999 */
	double eps;           /* all but sgd; >= 0; GF_DEFAULT: adagrad 1e-10, else 1e-8 */
	double alpha;         /* rmsprop; 0 to 1; 0.99 */
	int centered;         /* rmsprop */
	int amsgrad;          /* adam, adamw */
	double lr_decay;      /* adagrad; >= 0; 0 */
	const char *schedule; /* "step:step_size=30,gamma=0.1"; NULL: the rate stays */
	gf_schedule_per schedule_per;
	size_t warmup; /* steps over which the rate is its value times (step + 1) / warmup */

	size_t epochs;     /* 0: the start is the result */
	size_t batch_size; /* rows; 0: all of them */
	int shuffle, drop_last;
	gf_init init;
	const gf_model *init_model; /* warm start: its parameters, in place of init; or NULL */
	uint64_t seed;              /* of the split, then init, then each epoch's order */
	int no_bias;
	double l1, l2;     /* penalties on the weights: l1 |w|, by the proximal step; l2 w^2 / 2 */
	double clip_norm;  /* of the whole gradient; 0: none */
	double clip_value; /* of each number of it; 0: none */
	int average;       /* the result is the mean of the parameters after each step */
	int standardize;   /* train on (x - mean) / deviation, over the rows that train and weigh
			      more than 0; a feature without deviation ends with weight 0 */

	double validation;                 /* share of the rows, by seed; 0: none */
	const gf_dataset *validation_data; /* or rows of their own; or NULL */
	size_t patience;  /* epochs without a better loss (val_loss where there is one) before
			     training ends; 0: goes on.  The best parameters are the result:
			     those after the best epoch, or, full batch and without validation,
			     those before its update, whose loss it is (the last epoch's also
			     after it, if their loss is better).  With maximize more is better */
	double min_delta; /* by how much better counts as better; >= 0 */
	double tolerance; /* full batch: training ends before the first epoch in whose gradient no
			     number is larger, that of l2 and weight_decay in it; 0: never */

	const char *checkpoint;  /* file that holds all it takes to go on; NULL: none */
	size_t checkpoint_every; /* epochs; 0: about every 10 seconds, and at the end */
	const char *resume;      /* file to go on from; NULL: none */

	gf_check check;
	size_t output_rows; /* how many of the first rows GF_WANT_OUTPUTS brings; default 10 */
	int profile;        /* 1: time every kernel and copy, and measure the read ceiling */

	/* All may be NULL. */
	unsigned (*wants)(size_t epoch, void *user);         /* GF_WANT_... of that epoch */
	void (*on_epoch)(const gf_epoch *epoch, void *user); /* each, in order */
	int (*stop)(void *user);                      /* asked often; 1: finish the step and stop */
	void (*notice)(const char *text, void *user); /* a sentence for the user, not an error */
	void (*on_progress)(const gf_progress *progress, void *user); /* what it is busy with */
	void *user;
} gf_config;

/* mse, sgd, 5000 epochs, full batch, init pytorch, seed 0, engine and kernels
 * auto, check auto. */
void gf_config_default(gf_config *config);

/* Whether config can be meant, as far as that is known without data; NULL: the defaults, which can.
 * GF_E_USAGE: says which member is what, and what was wanted. */
gf_status gf_config_check(const gf_config *config, gf_error *err);

/* Trains a Linear(D, K) on data, which has targets.  *model is set, to be freed, after GF_OK and
 * GF_E_INTERRUPTED; else it is NULL.  config and report may be NULL; report is filled as far as the
 * run went.
 * GF_E_DIVERGED, GF_E_CHECK: see err; GF_E_UNAVAILABLE, GF_E_OPENCL: the device. */
gf_status gf_fit(gf_model **model, const gf_dataset *data, const gf_config *config,
	gf_report *report, gf_error *err);

/* ---- models ---- */

/* Writes safetensors with the state_dict names of torch.nn.Linear: weight (K, D) and, unless it has
 * none, bias (K); all that predicting from a raw file takes is in its metadata.  Atomic: the old
 * file or the new one.
 * GF_E_CANTCREATE, GF_E_IO. */
gf_status gf_model_save(const gf_model *model, const char *path, gf_error *err);

/* GF_E_NOINPUT: cannot be opened.  GF_E_DATA: not a safetensors file, damaged, or no Linear. */
gf_status gf_model_load(gf_model **model, const char *path, gf_error *err);

size_t gf_model_features(const gf_model *model);
size_t gf_model_outputs(const gf_model *model);
const float *gf_model_weight(const gf_model *model); /* (K, D) row-major */
const float *gf_model_bias(const gf_model *model);   /* (K); zeros where it has none */
int gf_model_has_bias(const gf_model *model);

/* Of a model that was trained with standardize: it predicts from (x - center) / scale in double,
 * with weight (K, D) and bias (K) of these.  gf_model_weight and gf_model_bias are the same folded
 * into one float each, which loses digits where a center is large beside its scale.  NULL: it was
 * not, or is too large (more than 2^20 parameters) to keep both. */
const double *gf_model_center(const gf_model *model); /* (D) */
const double *gf_model_scale(const gf_model *model);  /* (D) */
const float *gf_model_standardized_weight(const gf_model *model);
const float *gf_model_standardized_bias(const gf_model *model);

gf_loss gf_model_loss(const gf_model *model);
size_t gf_model_classes(const gf_model *model); /* 0: it predicts numbers */
const char *gf_model_class_name(const gf_model *model, size_t class_index);
const char *gf_model_feature_name(const gf_model *model, size_t feature);
size_t gf_model_targets(const gf_model *model); /* columns: K, or 1 for cross_entropy */
const char *gf_model_target_name(const gf_model *model, size_t output);

/* The word of the parameter that the model's loss has ("delta"), with its value; NULL: none. */
const char *gf_model_loss_parameter(const gf_model *model, double *value);

/* A column of the data that the model was trained on. */
typedef struct gf_column {
	const char *name;
	size_t words;            /* each of them a feature; 0: the column is a number */
	const char *const *word; /* (words) */
	float mean;              /* what takes a missing number's place; NaN: nothing does */
	const char *most;        /* what takes a missing word's place; NULL: nothing does */
} gf_column;

gf_missing gf_model_missing(const gf_model *model); /* what became of missing values */
size_t gf_model_columns(const gf_model *model);     /* 0: each feature is a number of its name */
gf_column gf_model_column(const gf_model *model, size_t column); /* beyond the last: name NULL */
void gf_model_free(gf_model *model);

/* outputs (N, K) row-major is the caller's.  Of config only device, engine, kernels, check and
 * on_progress count; NULL means the defaults.  GF_E_CHECK: an output leaves the bound around the
 * reference's (every row is compared while that is cheap, else 16 of them).  GF_E_DATA: data and
 * model differ in width. */
gf_status gf_predict(const gf_model *model, const gf_dataset *data, const gf_config *config,
	float *outputs, gf_error *err);

/* What the model says of a row whose outputs are z (K), as gf_predict gives them. */

/* The class as it stood in the training data: for cross_entropy that of the largest output (the
 * first of equals), else the second where z > 0.  NULL: it predicts numbers. */
const char *gf_model_label(const gf_model *model, const float *z);

/* The number that one output stands for: the rate exp(z) for poisson, the probability for bce, else
 * z. */
double gf_model_mean(const gf_model *model, float z);

/* p (classes), summing to 1: softmax for cross_entropy, else 1 - sigmoid(z) and sigmoid(z).
 * GF_E_USAGE: it predicts numbers, or is a hinge, which has no probabilities. */
gf_status gf_model_probabilities(const gf_model *model, const float *z, double *p, gf_error *err);

/* GF_E_DATA: data and model differ in width or in classes, or the loss cannot take a target. */
gf_status gf_evaluate(const gf_model *model, const gf_dataset *data, const gf_config *config,
	gf_metrics *metrics, gf_error *err);

/* ---- proof on the user's own device ---- */

typedef struct gf_selftest_result {
	const char *kernel; /* its name in kernels/ */
	const char *what;   /* the case, in words */
	int passed;
	char detail[256]; /* where it failed: place, found, wanted */
	/* Counts the cases from 1 to the total.  The total becomes less where the device turns out
	 * to be unable to run a case. */
	size_t number, total;
} gf_selftest_result;

/* Runs every kernel against known answers; on_result sees each case.  *failed counts.
 * Fails only where a case could not be run at all.  on_result and failed may be NULL. */
gf_status gf_selftest(const char *device, void (*on_result)(const gf_selftest_result *, void *),
	void *user, size_t *failed, gf_error *err);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
