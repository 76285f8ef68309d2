/*
 * gpufitcl.h: trains linear models and networks by gradient descent on any OpenCL
 * device, and proves each step against a reference in double precision.
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
 * Letters in shapes: N rows, D features, K outputs, P parameters: of each layer the weight
 * (outputs, inputs) row-major, then the bias (outputs), as in PyTorch's Linear.  A linear model is
 * one layer: weight (K, D) and bias (K).
 *
 * A function that can fail returns a gf_status: GF_OK (0) if it did what it says.  It first clears
 * *err, so that one gf_error serves many calls, and fills it once, at the first cause; err may be
 * NULL.  If an object or the place for a result is NULL, it fails with GF_E_USAGE; a config or
 * options that are NULL have their defaults.  Every such function may fail with GF_E_MEMORY, and
 * one that uses a device with GF_E_UNAVAILABLE and GF_E_OPENCL: comments do not repeat this.
 *
 * A function without a status returns 0 or NULL if its object is NULL or an index is too large.
 * Indices count from 0.  The caller frees what a function returns through a pointer to a pointer,
 * with the matching _free, which takes NULL; other results live as long as their object.  The
 * library does not print, exit, read the environment (but PATH, to run what decompresses a file) or
 * change the locale, and keeps no state.
 *
 * Threads may call it at once.  An object that a call takes as const may be in use by several of
 * them; any other is for one call at a time.  Each call opens a context of its own on its device.
 *
 * gpufitcl_words.h has the words of options, gpufitcl_report.h the structs that calls fill,
 * gpufitcl_arrays.h those of data in memory, gpufitcl_comm.h training by several processes.
 */
#ifndef GPUFITCL_H
#define GPUFITCL_H

#include "gpufitcl_arrays.h"
#include "gpufitcl_report.h"
#include "gpufitcl_words.h"

#include <stddef.h>
#include <stdint.h>

#define GF_VERSION "0.1.0"

GF_HEADER_BEGIN

/* The GF_VERSION of the library that the program runs with. */
const char *gf_version(void);

/* Writes the libraries that it runs with and the compiler that built it, cut to `room` bytes:
 * "jansson 2.14, zlib 1.2.13, OpenCL 1.2 or newer; built by gcc 12.2.0 for x86_64".  Returns the
 * length of the whole text. */
size_t gf_build(char *text, size_t room);

/* ---- errors ---- */

typedef enum gf_status {
	GF_OK,
	GF_E_DIVERGED,    /* the loss became infinite or NaN, or grew a millionfold */
	GF_E_CHECK,       /* a result lies outside the error bound around the reference's */
	GF_E_USAGE,       /* an argument is not allowed */
	GF_E_DATA,        /* the content of a data file or a model file is wrong */
	GF_E_NOINPUT,     /* an input cannot be opened */
	GF_E_UNAVAILABLE, /* there is no such device, or no OpenCL at all */
	GF_E_OPENCL,      /* an OpenCL call failed */
	GF_E_MEMORY,      /* the host's memory is not enough */
	GF_E_CANTCREATE,  /* an output cannot be created */
	GF_E_IO,          /* reading or writing failed halfway */
	GF_E_INTERRUPTED, /* the caller asked to stop; the results so far are valid */
	GF_E_RANK,        /* a rank (gpufitcl_comm.h) did not come, or did not do as the others */
} gf_status;

typedef struct gf_error {
	gf_status status;
	char message[4096]; /* a sentence in UTF-8, without a newline at its end */
} gf_error;

/* ---- data ---- */

typedef struct gf_dataset gf_dataset;
typedef struct gf_model gf_model;
typedef struct gf_comm gf_comm; /* gpufitcl_comm.h */

/* How to read a file.  Columns are names, 1-based numbers or ranges, "price,3-7"; several such
 * lists, each on a line, add up. */
typedef struct gf_read_options {
	/* columns */
	const char *target;        /* NULL: the last column */
	const char *features;      /* NULL: every column that is no target */
	const char *exclude;       /* neither features nor targets; NULL: none */
	const char *one_hot;       /* columns of words: each word becomes a feature of 0 and 1 */
	const char *sample_weight; /* the column of each row's weight; NULL: all weigh 1 */

	/* The column of each row's offset, a number that is added to each output: a feature whose
	 * weight is 1.  Or of its exposure, whose logarithm is the offset.  One of the two; both
	 * NULL: there is none or, with model or like, that of their data. */
	const char *offset, *exposure;

	const char *keep;   /* the dataset keeps the texts of these columns; NULL: none */
	const char *labels; /* a file of N rows with the targets; NULL: path has them */

	/* A file that keeps what was read as it is used, for later calls with the same files and
	 * options; made anew if they have changed, it replaces only such a file.  Features then
	 * take no memory, and copies of them are files beside it.  It must not be cut short while
	 * the dataset lives.  NULL: none */
	const char *cache;

	/* text */
	int header;          /* 1 yes, 0 no, -1 auto: yes if line 1 has a field that is no number */
	char delimiter;      /* 0: the first lines decide among , tab ; | and space */
	char decimal;        /* '.', or ',' if the delimiter is another */
	const char *comment; /* skips lines that begin with this; NULL: none */
	size_t skip_lines;   /* skips lines at the beginning of the file */
	gf_encoding encoding; /* of text that has no byte order mark */
	const char *na;       /* words that mean a missing value, "NA,-999"; NULL: GF_NA_WORDS */
	int index_base; /* of svmlight: 0, 1, or -1: as model or like, else 0 if there is a 0 */

	/* 1 keeps rows sparse, which linear models of 9 features or more can be trained on; 0
	 * stores zeros, too; 2: those of svmlight, scipy's .npz and columns of words are sparse
	 * where that is faster, or -1; -1: as those of like, else sparse only where all numbers
	 * would take more than half of the machine's memory. */
	int sparse;

	/* values */
	gf_loss loss; /* classes become indices; targets that the loss cannot take are an error */
	gf_missing missing;
	gf_unseen unseen; /* what becomes of words that the data of model or like do not have */

	/* One of two: reads the columns of other data, with their words, means and classes. */
	const gf_model *model;  /* the data that trained this model, whose loss counts */
	const gf_dataset *like; /* for validation: the data that train */
	int with_target;        /* with a model: 1 if the targets are needed, too */

	/* callbacks, or NULL, on the thread of the call */
	void (*notice)(const char *text, void *user); /* a sentence for the user, not an error */
	void (*on_progress)(const gf_progress *progress, void *user);
	void *user;
} gf_read_options;

/* All members 0, but header, index_base and sparse -1, decimal '.', missing auto and with_target
 * 1. */
void gf_read_options_default(gf_read_options *options);

/* Reads CSV, TSV, .npy, .npz, svmlight or IDX, plain or compressed, as the file's content says; "-"
 * is standard input, and "d.npz:train" has arrays of d.npz, as the man page says.  What another
 * program than gzip compressed is read by running that program, which PATH finds: the one place
 * where the library depends on the environment.  An .npy file of 32-bit floats that are all
 * features is used where it stands, and must not be cut short while the dataset lives.
 * GF_E_USAGE: options contradict each other.  GF_E_NOINPUT: the file cannot be opened, or the
 * program that decompresses it is not installed.  GF_E_DATA: "file:line: column 3 ("price"): what
 * was found".  GF_E_IO: reading failed. */
gf_status gf_dataset_read(
	gf_dataset **data, const char *path, const gf_read_options *options, gf_error *err);

/* Reads one table from several files (count), whose rows follow each other.  They have one format
 * and the same columns: GF_E_DATA names the first that differs.  options->labels is one file. */
gf_status gf_dataset_read_files(gf_dataset **data, const char *const *paths, size_t count,
	const gf_read_options *options, gf_error *err);

/* Makes a dataset of the arrays (gpufitcl_arrays.h): copies what they point to, but for an x that
 * it borrows.
 * GF_E_USAGE: the members do not fit together.  GF_E_DATA: a number, an index or a name is not
 * allowed, or the loss cannot take it: "weights: row 3, from 0: -1; wanted: 0 or above". */
gf_status gf_dataset_new(gf_dataset **data, const gf_arrays *arrays, gf_error *err);
void gf_dataset_free(gf_dataset *data);

size_t gf_dataset_rows(const gf_dataset *data);
size_t gf_dataset_features(const gf_dataset *data);
size_t gf_dataset_outputs(const gf_dataset *data);       /* columns of y; 0: no targets */
size_t gf_dataset_classes(const gf_dataset *data);       /* 0: the targets are numbers */
const float *gf_dataset_x(const gf_dataset *data);       /* (N, D) row-major; NULL: sparse */
const float *gf_dataset_y(const gf_dataset *data);       /* (N, outputs) row-major, or NULL */
const float *gf_dataset_weights(const gf_dataset *data); /* (N), or NULL: all weigh 1 */
const float *gf_dataset_offset(const gf_dataset *data);  /* (N), or NULL: there is none */
const char *gf_dataset_feature_name(const gf_dataset *data, size_t feature);
const char *gf_dataset_target_name(const gf_dataset *data, size_t output);
const char *gf_dataset_class_name(const gf_dataset *data, size_t class_index);

/* The rows of a dataset that keeps them sparse: the numbers of row i are [start[i], start[i + 1])
 * of index, their features in rising order, and of value.  The others are 0.  Returns 0, and sets
 * nothing, for a dense dataset. */
int gf_dataset_sparse(const gf_dataset *data, const uint64_t **start, const uint32_t **index,
	const float **value);

/* Returns why rows that could be sparse are so or are dense, "as asked"; NULL: they could not. */
const char *gf_dataset_rows_why(const gf_dataset *data);

/* Rows that GF_MISSING_drop left out, and the number of each in the file, in rising order (SIZE_MAX
 * if index is too large). */
size_t gf_dataset_dropped(const gf_dataset *data);
size_t gf_dataset_dropped_row(const gf_dataset *data, size_t index);

/* Columns that keep asked for, in the file's order.  row counts the dropped rows, too. */
size_t gf_dataset_kept(const gf_dataset *data);
const char *gf_dataset_kept_name(const gf_dataset *data, size_t column);
const char *gf_dataset_kept_text(const gf_dataset *data, size_t row, size_t column);

/* ---- devices ---- */

/* Lists all devices of all platforms (count).
 * GF_E_UNAVAILABLE: there is no platform, or no device; the message says what helps. */
gf_status gf_device_list(gf_device_info **list, size_t *count, gf_error *err);
void gf_device_list_free(gf_device_info *list);

/* Finds the device that spec names: an index, "P:D", "gpu", "cpu", "accelerator", or a part of its
 * name or its platform's; NULL: the first GPU, else accelerator, else CPU that can build a kernel,
 * which is tried if there is more than one device.
 * GF_E_UNAVAILABLE: no device matches, or several; the message lists them. */
gf_status gf_device_find(gf_device_info *info, const char *spec, gf_error *err);

/* Builds a kernel of three lines on the device that spec names, which must not be NULL.
 * GF_E_UNAVAILABLE: also if it cannot; the message has the first line of its compiler's log. */
gf_status gf_device_check(const char *spec, gf_error *err);

/* Writes what keeps devices out of the list, a sentence a line, cut to `room` bytes: platforms that
 * fail and, with_drivers, GPUs in /dev whose OpenCL driver is not installed in the system's places.
 * Returns the number of lines. */
size_t gf_device_notes(char *text, size_t room, int with_drivers);

/* Writes the names of all OpenCL platforms, "A, B", cut to `room` bytes; returns their number. */
size_t gf_platform_names(char *names, size_t room);

/* Runs every kernel on the device against known answers.  on_result gets each case, and *failed
 * the number of failed ones; both may be NULL.  The call fails if a case cannot be run at all. */
gf_status gf_selftest(const char *device, void (*on_result)(const gf_selftest_result *, void *),
	void *user, size_t *failed, gf_error *err);

/* ---- training ---- */

typedef struct gf_config {
	const char *device; /* as for gf_device_find */
	gf_engine engine;
	gf_kernels kernels;
	size_t memory_limit; /* bytes of the device that dense features take at most; parts of more
				take turns, with the same bits; 0: all that it has */

	/* Layers between the features and the outputs, each followed by the activation, up to the
	 * first width of 0; none: a linear model. */
	size_t hidden[GF_HIDDEN_LAYERS];
	gf_activation activation;
	double negative_slope; /* leaky_relu; 0.01 */

	gf_loss loss;
	double delta;           /* huber; > 0; 1 */
	double beta;            /* smooth_l1; >= 0; 1 */
	double epsilon;         /* epsilon_insensitive; >= 0; 0.1, as in scikit-learn */
	double quantile;        /* in (0, 1); 0.5 */
	double label_smoothing; /* cross_entropy; in [0, 1); 0 */
	double power;           /* tweedie; in (1, 2); 1.5 */
	gf_class_weight class_weight;
	const char *class_weights; /* or by name, as in "a=2,b=1"; other classes weigh 1.  A name
				      with a comma stands in quotes.  NULL: by class_weight */

	gf_optimizer optimizer;
	double lr;           /* > 0; GF_DEFAULT: sgd 0.01, else PyTorch's */
	int lr_auto;         /* 1: 1/L, where L is the largest curvature of the full-batch loss */
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
	const char *schedule; /* "step:step_size=30,gamma=0.1"; NULL: a constant rate */
	gf_schedule_per schedule_per;
	size_t warmup; /* for this many steps the rate is multiplied by (step + 1) / warmup */

	size_t epochs;     /* 0: the result is the start */
	size_t batch_size; /* rows; 0: all of them */
	int shuffle;       /* a gf_shuffle; 1: as PyTorch does */
	int drop_last;
	gf_init init;
	const gf_model *init_model; /* starts from its parameters; NULL: from init */
	uint64_t seed;              /* of the split, then init, then each epoch's permutation */
	int no_bias;
	double l1, l2; /* penalties on the weights: l1 |w| by the proximal step, l2 w^2 / 2 */
	double clip_norm, clip_value; /* the gradient's norm, each of its numbers; 0: no limit */
	int average;                  /* the result is the mean of the parameters after each step */
	int standardize; /* trains on (x - mean) / deviation of the training rows that weigh more
			    than 0; a constant feature gets weight 0 */

	double validation;                 /* the share of rows, chosen by seed; 0: none */
	const gf_dataset *validation_data; /* or rows of their own; NULL: none */

	/* Ends the training after `patience` epochs without a loss that is better by more than
	 * min_delta (val_loss if rows validate; with maximize, more is better); 0: never.  The
	 * result is the parameters after the best epoch; for a full batch without validation, those
	 * before its update, to which its loss belongs (after it in the last epoch, if better). */
	size_t patience;
	double min_delta; /* >= 0 */

	/* Full batch: ends the training before the first epoch whose gradient, l2, weight_decay and
	 * l1 (its smallest subgradient) included, has no number larger than this; 0: never. */
	double tolerance;

	const char *checkpoint;  /* the file that resume needs is written here; NULL: none */
	size_t checkpoint_every; /* epochs; 0: about every 10 seconds, and at the end */
	const char *resume;      /* continues from this checkpoint; NULL: none */

	double statistics; /* level of confidence intervals, as 0.95, in (0, 1): the report gets the
			      statistics of a linear model of mse, bce, poisson, gamma, tweedie or
			      cross_entropy; 0: it does not */

	gf_check check;
	size_t output_rows; /* rows whose outputs GF_WANT_OUTPUTS asks for; 10 */
	int profile;        /* 1: measures all kernels and copies, and the read ceiling */
	gf_comm *comm;      /* borrowed; the ranks that train together; NULL: this process alone */

	/* callbacks, or NULL, on the thread of the call */
	unsigned (*wants)(size_t epoch, void *user);         /* what on_epoch needs: GF_WANT_... */
	void (*on_epoch)(const gf_epoch *epoch, void *user); /* each epoch, in order */
	/* Each kernel and each copy of the training, in the order in which they were enqueued, some
	 * time after it is done. */
	void (*on_span)(const gf_span *span, void *user);
	/* Asked between steps, about 20 times a second; 1: the training ends after one more. */
	int (*stop)(void *user);
	void (*notice)(const char *text, void *user); /* a sentence for the user, not an error */
	void (*on_progress)(const gf_progress *progress, void *user);
	void *user;
} gf_config;

/* mse, sgd, 5000 epochs, full batch, init pytorch, seed 0; engine, kernels and check auto. */
void gf_config_default(gf_config *config);

/* Checks what needs no data.  GF_E_USAGE: names the member, its value, and what was wanted. */
gf_status gf_config_check(const gf_config *config, gf_error *err);

/* Returns what keeps a training with config from sparse rows, as a sentence; NULL: nothing. */
const char *gf_config_dense_reason(const gf_config *config);

/* Trains a linear model with D features and K outputs, or a network if config has hidden layers, on
 * data, which must have targets.  *model is NULL unless the status is GF_OK or GF_E_INTERRUPTED.
 * report is filled also by a training that fails, as far as it got; it may be NULL.
 * GF_E_USAGE, GF_E_DATA: config and data do not fit.  GF_E_DIVERGED.  GF_E_CHECK.
 * GF_E_NOINPUT, GF_E_CANTCREATE, GF_E_IO: a checkpoint.  GF_E_INTERRUPTED: stop returned 1.
 * GF_E_RANK, or the status of another rank that failed: of config.comm. */
gf_status gf_fit(gf_model **model, const gf_dataset *data, const gf_config *config,
	gf_report *report, gf_error *err);

/* ---- models ---- */

/* Writes safetensors with PyTorch's names: of a linear model weight (K, D) and bias (K), of a
 * network those of nn.Sequential with an activation after each hidden layer: 0.weight, 0.bias,
 * 2.weight, 2.bias, ...  The metadata hold what predicting from a raw file needs.  Replaces a file
 * as a whole.  GF_E_CANTCREATE, GF_E_IO. */
gf_status gf_model_save(const gf_model *model, const char *path, gf_error *err);

/* Reads what gf_model_save writes, and such parameters from other programs, where all names may
 * have one prefix: "net.0.weight".  GF_E_NOINPUT: the file cannot be opened.  GF_E_DATA: it is no
 * safetensors file, is damaged, or holds neither a linear model nor a network.  GF_E_IO: reading
 * failed. */
gf_status gf_model_load(gf_model **model, const char *path, gf_error *err);
void gf_model_free(gf_model *model);

/* Writes the model as a file that predicts without gpufit; the path's ending says which: ".onnx"
 * (input x (N, D); outputs prediction, or label and probabilities) or ".c" (a function of C99 that
 * gives the bits of gf_predict).  The features are numbers: neither has the columns of words and
 * what replaces missing values.
 * GF_E_USAGE: another ending, or the activation of a network is not known.  GF_E_CANTCREATE,
 * GF_E_IO. */
gf_status gf_model_export(const gf_model *model, const char *path, gf_error *err);

/* Checks the ending, and that a file can be written there.  GF_E_USAGE, GF_E_CANTCREATE. */
gf_status gf_export_check(const char *path, gf_error *err);

size_t gf_model_features(const gf_model *model);
size_t gf_model_outputs(const gf_model *model);
size_t gf_model_classes(const gf_model *model);      /* 0: it predicts numbers */
size_t gf_model_targets(const gf_model *model);      /* target columns: K, or 1 for cross_entropy */
const float *gf_model_weight(const gf_model *model); /* (K, D) row-major; NULL: a network */
const float *gf_model_bias(const gf_model *model); /* (K); zeros if it has none; NULL: a network */
int gf_model_has_bias(const gf_model *model);
gf_loss gf_model_loss(const gf_model *model);

/* The layers of a network, in the order in which they compute; a linear model is one layer, whose
 * weight and bias are those above. */
size_t gf_model_layers(const gf_model *model);
gf_layer gf_model_layer(const gf_model *model, size_t layer); /* inputs 0: no such layer */

/* The activation after each layer of a network but the last.  GF_ACTIVATION_COUNT: its file does
 * not say, since PyTorch's state_dict does not; gf_model_set_activation can. */
gf_activation gf_model_activation(const gf_model *model);
double gf_model_negative_slope(const gf_model *model); /* of leaky_relu */

/* Sets the activation that the file of a network does not say.  GF_E_USAGE: the model is linear, or
 * has another activation. */
gf_status gf_model_set_activation(
	gf_model *model, gf_activation activation, double negative_slope, gf_error *err);

const char *gf_model_feature_name(const gf_model *model, size_t feature);
const char *gf_model_target_name(const gf_model *model, size_t output);
const char *gf_model_class_name(const gf_model *model, size_t class_index);

/* The column of the data's offset or, if gf_model_has_exposure, of the number whose logarithm that
 * is; NULL: the model has none.  Its predictions need the offsets of their rows. */
const char *gf_model_offset(const gf_model *model);
int gf_model_has_exposure(const gf_model *model);

/* A model that was trained with standardize predicts in double from (x - center) / scale, with its
 * standardized weight and bias.  gf_model_weight and gf_model_bias are those of x itself in float,
 * which loses digits if a center is large beside its scale.  Both forms of a network differ in its
 * first layer only.  NULL: it was trained without standardize, or its first layer has more than
 * 2^20 parameters. */
const double *gf_model_center(const gf_model *model);             /* (D) */
const double *gf_model_scale(const gf_model *model);              /* (D) */
const float *gf_model_standardized_weight(const gf_model *model); /* of the first layer */
const float *gf_model_standardized_bias(const gf_model *model);

/* The name of the parameter that the loss has ("delta"), and its value; NULL: it has none. */
const char *gf_model_loss_parameter(const gf_model *model, double *value);

/* The columns of the data that trained the model. */
size_t gf_model_columns(const gf_model *model); /* 0: each feature is a column of numbers */
gf_column gf_model_column(const gf_model *model, size_t column); /* name NULL: no such column */
gf_missing gf_model_missing(const gf_model *model);              /* what became of missing values */

/* Computes outputs (N, K) row-major, by config's device, engine, kernels, check and on_progress.
 * GF_E_DATA: data and model differ in D.  GF_E_USAGE: the activation of a network is not known.
 * GF_E_CHECK: an output lies outside the error bound around the reference's (16 rows are compared,
 * or all of them if that takes little time). */
gf_status gf_predict(const gf_model *model, const gf_dataset *data, const gf_config *config,
	float *outputs, gf_error *err);

/* A model on an open device, for predicting again and again: what gf_predict prepares anew at each
 * call is done once, so that a few rows take microseconds. */
typedef struct gf_predictor gf_predictor;

/* Opens the device for the model, which must stay as it is until gf_predictor_free.  config as for
 * gf_predict.  GF_E_USAGE: as gf_predict. */
gf_status gf_predictor_open(
	gf_predictor **predictor, const gf_model *model, const gf_config *config, gf_error *err);

/* Computes outputs (N, K) row-major, with the bits of gf_predict's.  Of the members of rows only
 * rows, features, x, offset, the layouts of both, and feature_names may be set; names must be those
 * of the model.  GF_E_USAGE, GF_E_DATA: as gf_dataset_new and gf_predict.  GF_E_CHECK. */
gf_status gf_predictor_run(
	gf_predictor *predictor, const gf_arrays *rows, float *outputs, gf_error *err);

void gf_predictor_free(gf_predictor *predictor);

/* Computes the ends lower and upper (N, K) of prediction intervals of that level, as 0.95, about
 * outputs (N, K), which are those of gf_predict: a new target of a row of weight 1 lies between
 * them with that probability, if the residuals are normal and have one deviation, as in R's
 * predict.lm.
 * GF_E_USAGE: level, or the model has no intervals.  GF_E_DATA: data and model differ in D. */
gf_status gf_predict_intervals(const gf_model *model, const gf_dataset *data, double level,
	const float *outputs, double *lower, double *upper, gf_error *err);

/* Returns 1 if the model has prediction intervals: it was trained by mse with config.statistics. */
int gf_model_has_intervals(const gf_model *model);

/* Computes metrics of all rows.  As gf_predict; GF_E_DATA also if data and model differ in their
 * classes, or the loss cannot take a target. */
gf_status gf_evaluate(const gf_model *model, const gf_dataset *data, const gf_config *config,
	gf_metrics *metrics, gf_error *err);

/* The same of outputs (N, K) that gf_predict computed for data. */
gf_status gf_evaluate_outputs(const gf_model *model, const gf_dataset *data, const float *outputs,
	gf_metrics *metrics, gf_error *err);

/* Counts the rows of each class by the class that their outputs (N, K) predict: counts (classes,
 * classes) row-major.  GF_E_USAGE: the model predicts numbers.  GF_E_DATA as of gf_evaluate. */
gf_status gf_confusion(const gf_model *model, const gf_dataset *data, const float *outputs,
	size_t *counts, gf_error *err);

/* The index of the class of a row with outputs z (K): for cross_entropy that of the largest output
 * (the first of equals), else the second class if z > 0; and its name.  SIZE_MAX and NULL: the
 * model predicts numbers. */
size_t gf_model_class(const gf_model *model, const float *z);
const char *gf_model_label(const gf_model *model, const float *z);

/* The number that an output stands for: exp(z) for poisson, gamma and tweedie, 1 / (1 + exp(-z))
 * for bce, else z. */
double gf_model_mean(const gf_model *model, float z);

/* Computes p (classes) of a row with the outputs z (K): softmax(z) for cross_entropy, else
 * 1 - sigmoid(z) and sigmoid(z).
 * GF_E_USAGE: the model predicts numbers, or its loss is a hinge, which has no probabilities. */
gf_status gf_model_probabilities(const gf_model *model, const float *z, double *p, gf_error *err);

GF_HEADER_END

#endif
