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
 * it says, and fills *err once, at the first cause; err may be NULL.  What a
 * function hands out through a pointer-to-pointer is the caller's, to be given
 * to the matching _free, which takes NULL.  The library does not print, exit,
 * read the environment or change the locale, and keeps no state of its own
 * between calls.
 */
#ifndef GPUFITCL_H
#define GPUFITCL_H

#include <stddef.h>
#include <stdint.h>

#define GF_VERSION "0.1.0"

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

/* ---- words: each list makes the enum, the parser, --help and the tests ---- */

/*	 word	what --help says */
#define GF_LOSS_LIST(X) X(mse, "mean squared error")

#define GF_OPTIMIZER_LIST(X) X(sgd, "stochastic gradient descent: p = p - lr * grad")

#define GF_ENGINE_LIST(X)                                                             \
	X(auto, "the fastest that fits the problem")                                  \
	X(reference, "double precision, plain loops, on the host: the specification") \
	X(resident, "a whole training in one launch, for small problems")             \
	X(streaming, "one read of the data per epoch")

#define GF_CHECK_LIST(X)                                                        \
	X(auto, "every epoch while that is cheap, else the first and the last") \
	X(every, "every epoch")                                                 \
	X(ends, "the first and the last epoch")                                 \
	X(off, "none")

#define GF_INIT_LIST(X)                                                        \
	X(pytorch, "what torch.nn.Linear draws after torch.manual_seed(seed)") \
	X(zeros, "all parameters 0")                                           \
	X(notebook, "the recorded start of the built-in seven points")

#define GF_ENUM_LINE(list, word, help) GF_##list##_##word,
#define GF_LOSS_LINE(word, help)       GF_ENUM_LINE(LOSS, word, help)
#define GF_OPTIMIZER_LINE(word, help)  GF_ENUM_LINE(OPTIMIZER, word, help)
#define GF_ENGINE_LINE(word, help)     GF_ENUM_LINE(ENGINE, word, help)
#define GF_CHECK_LINE(word, help)      GF_ENUM_LINE(CHECK, word, help)
#define GF_INIT_LINE(word, help)       GF_ENUM_LINE(INIT, word, help)

typedef enum gf_loss { GF_LOSS_LIST(GF_LOSS_LINE) GF_LOSSES } gf_loss;
typedef enum gf_optimizer { GF_OPTIMIZER_LIST(GF_OPTIMIZER_LINE) GF_OPTIMIZERS } gf_optimizer;
typedef enum gf_engine { GF_ENGINE_LIST(GF_ENGINE_LINE) GF_ENGINES } gf_engine;
typedef enum gf_check { GF_CHECK_LIST(GF_CHECK_LINE) GF_CHECKS } gf_check;
typedef enum gf_init { GF_INIT_LIST(GF_INIT_LINE) GF_INITS } gf_init;

/* ---- data ---- */

typedef struct gf_dataset gf_dataset;
typedef struct gf_model gf_model;

typedef struct gf_read_options {
	const char *target;    /* columns: names, 1-based numbers or ranges ("3-7"), separated by
				 commas; NULL: the last column */
	const char *features;  /* the same; NULL: every column that is no target */
	int header;            /* 1 yes, 0 no, -1 auto: line 1 is one when a field is no number */
	char delimiter;        /* 0: the first line decides among , tab ; and space */
	const gf_model *model; /* read what this model needs: columns by the names it
				         remembers; target columns only if with_target */
	int with_target;       /* with a model: 1, the targets must be there as well */
} gf_read_options;

/* {NULL, NULL, -1, 0, NULL, 1} */
void gf_read_options_default(gf_read_options *options);

/* Reads CSV or TSV from a file, plain or compressed by gzip; "-" is standard
 * input.  options may be NULL.
 * GF_E_NOINPUT: cannot be opened.  GF_E_DATA: "file:line: column 3 ("price"): what was found".
 * GF_E_IO: reading broke off. */
gf_status gf_dataset_read(
	gf_dataset **data, const char *path, const gf_read_options *options, gf_error *err);

/* Copies x (N, D) and y (N, K), both row-major; every number must be finite. */
gf_status gf_dataset_new(gf_dataset **data, const float *x, const float *y, size_t rows,
	size_t features, size_t outputs, gf_error *err);

/* The notebook's seven points: x = 1 2 3 4 1.1 2.2 3.3, y = x^2. */
gf_status gf_dataset_notebook(gf_dataset **data, gf_error *err);

size_t gf_dataset_rows(const gf_dataset *data);
size_t gf_dataset_features(const gf_dataset *data);
size_t gf_dataset_outputs(const gf_dataset *data); /* 0: read without targets */
const float *gf_dataset_x(const gf_dataset *data); /* (N, D) row-major */
const float *gf_dataset_y(const gf_dataset *data); /* (N, K) row-major, or NULL */
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
 * GF_E_UNAVAILABLE: no platform, with a word on what to install. */
gf_status gf_device_list(gf_device_info **list, size_t *count, gf_error *err);
void gf_device_list_free(gf_device_info *list);

/* The device that `spec` names: an index, "P:D", "gpu", "cpu", or part of a
 * name; NULL: the first GPU, else accelerator, else CPU.
 * GF_E_UNAVAILABLE: none or several match; the message lists them. */
gf_status gf_device_find(gf_device_info *info, const char *spec, gf_error *err);

/* ---- training ---- */

/* What one epoch did, as the engine computed it in float.  Pointers are valid
 * during the call that hands the step out. */
typedef struct gf_step {
	size_t epoch;
	float loss; /* at the parameters before the update */
	double lr;
	size_t parameters;     /* P */
	const float *before;   /* (P), or NULL unless GF_WANT_PARAMETERS */
	const float *gradient; /* (P), or NULL unless GF_WANT_PARAMETERS */
	const float *after;    /* (P), or NULL unless GF_WANT_PARAMETERS */
	size_t output_rows;    /* rows of outputs: at most config.output_rows */
	const float *outputs;  /* (output_rows, K), or NULL unless GF_WANT_OUTPUTS */
} gf_step;

#define GF_WANT_PARAMETERS 1u
#define GF_WANT_OUTPUTS    2u

typedef struct gf_config {
	const char *device; /* as gf_device_find takes it */
	gf_engine engine;
	gf_loss loss;
	gf_optimizer optimizer;
	double lr;     /* > 0 */
	size_t epochs; /* 0: the start is the result */
	gf_init init;
	uint64_t seed;
	gf_check check;
	size_t output_rows; /* how many of the first rows GF_WANT_OUTPUTS brings; default 10 */
	int profile;        /* 1: time every kernel and copy, and measure the read ceiling */

	/* All may be NULL. */
	unsigned (*wants)(size_t epoch, void *user);      /* GF_WANT_... of that epoch */
	void (*on_step)(const gf_step *step, void *user); /* each epoch, in order */
	int (*stop)(void *user); /* asked often; 1: finish the step and stop */
	void *user;
} gf_config;

/* mse, sgd, lr 0.01, 5000 epochs, init pytorch, seed 0, engine auto, check auto. */
void gf_config_default(gf_config *config);

/* One line of a profile: a kernel or a copy by its name. */
typedef struct gf_profile_row {
	char name[32];
	size_t calls;
	double total_seconds, min_seconds, max_seconds;
	uint64_t bytes; /* read and written by all the calls; 0: not counted */
} gf_profile_row;

/* Where the time of gf_fit went.  open + build + upload + train + check +
 * other = wall; the rows are the device's share of upload and train. */
typedef struct gf_profile {
	double wall_seconds, open_seconds, build_seconds, upload_seconds, train_seconds,
		check_seconds, ceiling_seconds, other_seconds;
	double ceiling_bytes_per_second; /* what our own read kernel reached just now */
	size_t rows_count;
	gf_profile_row rows[16];
} gf_profile;

typedef struct gf_report {
	char device[256]; /* "host" for the reference engine */
	gf_engine engine; /* the one that ran, never auto */
	char why[256];    /* why auto chose it */
	size_t rows, features, outputs;
	size_t epochs;      /* done */
	float loss;         /* at the final parameters; after a failure, of the last epoch */
	float first_loss;   /* of epoch 0 */
	size_t checked;     /* epochs that were compared with the reference */
	double worst_check; /* largest |difference| / bound among them */
	double train_seconds;
	double lr_limit;    /* after a divergence: the largest lr that can converge; else 0 */
	gf_profile profile; /* all 0 unless config.profile */
} gf_report;

/* Trains a Linear(D, K) on data.  *model is set, and to be freed, after GF_OK and
 * GF_E_INTERRUPTED.  report may be NULL; it is filled as far as the run went.
 * GF_E_DIVERGED, GF_E_CHECK: see err; GF_E_UNAVAILABLE, GF_E_OPENCL: the device. */
gf_status gf_fit(gf_model **model, const gf_dataset *data, const gf_config *config,
	gf_report *report, gf_error *err);

/* What the textbook says of one step, in double, beside what the device did: the
 * mean-of-products gradient, and the product-of-means that it is easily mistaken for. */
typedef struct gf_theory {
	size_t parameters, output_rows;
	double loss;
	double *outputs;  /* (output_rows, K) of the first rows */
	double *gradient; /* (P) mean(dl/dz * x), mean(dl/dz) */
	double *mistaken; /* (P) mean(dl/dz) * mean(x), mean(dl/dz) */
	double *next;     /* (P) before - lr * gradient */
} gf_theory;

/* step must bring its parameters (GF_WANT_PARAMETERS). */
gf_status gf_theory_new(gf_theory **theory, const gf_dataset *data, gf_loss loss,
	const gf_step *step, gf_error *err);
void gf_theory_free(gf_theory *theory);

/* ---- models ---- */

/* Writes safetensors with the state_dict names of torch.nn.Linear: weight (K, D), bias (K);
 * names, loss and version in its metadata.  Atomic: the old file or the new one.
 * GF_E_CANTCREATE, GF_E_IO. */
gf_status gf_model_save(const gf_model *model, const char *path, gf_error *err);

/* GF_E_NOINPUT: cannot be opened.  GF_E_DATA: not a safetensors file, damaged, or no Linear. */
gf_status gf_model_load(gf_model **model, const char *path, gf_error *err);

size_t gf_model_features(const gf_model *model);
size_t gf_model_outputs(const gf_model *model);
const float *gf_model_weight(const gf_model *model); /* (K, D) row-major */
const float *gf_model_bias(const gf_model *model);   /* (K) */
gf_loss gf_model_loss(const gf_model *model);
const char *gf_model_feature_name(const gf_model *model, size_t feature);
const char *gf_model_target_name(const gf_model *model, size_t output);
void gf_model_free(gf_model *model);

/* outputs (N, K) row-major is the caller's.  Of config, device and engine count; NULL: the
 * defaults.  GF_E_DATA: data and model differ in width. */
gf_status gf_predict(const gf_model *model, const gf_dataset *data, const gf_config *config,
	float *outputs, gf_error *err);

typedef struct gf_metrics {
	size_t rows;
	double mse, rmse, mae; /* means over all rows and outputs */
	double r2;             /* mean over the outputs of 1 - residual / total sum of squares; NaN
				  where a target is constant */
} gf_metrics;

gf_status gf_evaluate(const gf_model *model, const gf_dataset *data, const gf_config *config,
	gf_metrics *metrics, gf_error *err);

/* ---- proof on the user's own device ---- */

typedef struct gf_selftest_result {
	const char *kernel; /* its name in kernels/ */
	const char *what;   /* the case, in words */
	int passed;
	char detail[256]; /* where it failed: place, found, wanted */
} gf_selftest_result;

/* Runs every kernel against known answers; on_result sees each case.  *failed counts.
 * Fails only where a case could not be run at all. */
gf_status gf_selftest(const char *device, void (*on_result)(const gf_selftest_result *, void *),
	void *user, size_t *failed, gf_error *err);

#endif
