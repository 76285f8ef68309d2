/*
 * options.h: what the command line said, checked, in the shape that the commands use.
 *
 * Each command has its own table of options, so an option that a command could
 * only ignore is refused.
 */
#ifndef GF_OPTIONS_H
#define GF_OPTIONS_H

#include "gpufitcl.h"

#include <stdbool.h>

enum option {
	OPT_NONE, /* popt's own */
	OPT_HELP,
	OPT_VERSION,
	OPT_DEVICE,
	OPT_ENGINE,
	OPT_KERNELS,
	OPT_CHECK,
	OPT_LOSS,
	OPT_DELTA,
	OPT_BETA,
	OPT_EPSILON,
	OPT_QUANTILE,
	OPT_LABEL_SMOOTHING,
	OPT_CLASS_WEIGHT,
	OPT_OPTIMIZER,
	OPT_LR,
	OPT_MOMENTUM,
	OPT_DAMPENING,
	OPT_NESTEROV,
	OPT_WEIGHT_DECAY,
	OPT_MAXIMIZE,
	OPT_BETAS,
	OPT_EPS,
	OPT_ALPHA,
	OPT_CENTERED,
	OPT_AMSGRAD,
	OPT_LR_DECAY,
	OPT_SCHEDULE,
	OPT_SCHEDULE_PER,
	OPT_WARMUP,
	OPT_EPOCHS,
	OPT_BATCH_SIZE,
	OPT_SHUFFLE,
	OPT_DROP_LAST,
	OPT_INIT,
	OPT_SEED,
	OPT_NO_BIAS,
	OPT_STANDARDIZE,
	OPT_L1,
	OPT_L2,
	OPT_CLIP_NORM,
	OPT_CLIP_VALUE,
	OPT_AVERAGE,
	OPT_VALIDATION,
	OPT_PATIENCE,
	OPT_MIN_DELTA,
	OPT_TOLERANCE,
	OPT_TARGET,
	OPT_FEATURES,
	OPT_EXCLUDE,
	OPT_LABELS,
	OPT_ONE_HOT,
	OPT_SAMPLE_WEIGHT,
	OPT_MISSING,
	OPT_UNSEEN,
	OPT_KEEP,
	OPT_INDEX_BASE,
	OPT_HEADER,
	OPT_DELIMITER,
	OPT_DECIMAL,
	OPT_COMMENT,
	OPT_SKIP_LINES,
	OPT_ENCODING,
	OPT_NA,
	OPT_MODEL,
	OPT_OUTPUT,
	OPT_PROBA,
	OPT_CHECKPOINT,
	OPT_CHECKPOINT_EVERY,
	OPT_RESUME,
	OPT_LOG,
	OPT_LOG_PARAMS,
	OPT_JSON,
	OPT_TRACE,
	OPT_EXPLAIN,
	OPT_PROFILE,
	OPT_QUIET,
	OPT_VERBOSE,
	OPT_NO_PROGRESS,
	OPTIONS
};

struct options;
struct poptOption;

struct command {
	const char *name;
	const char *synopsis; /* what --help says after "gpufit" */
	const char *summary;
	const struct poptOption *table;
	const char *operand; /* "DATA" or "MODEL"; NULL: takes none */
	bool operand_required;
	bool model_required;                       /* -m */
	int (*run)(const struct options *options); /* returns the exit code */
};

struct options {
	const struct command *command; /* borrowed */
	bool given[OPTIONS];
	char *texts[OPTIONS]; /* owned: what stood after each; NULL: nothing */
	char *operand;        /* owned; NULL: not given */

	/* Texts in these, and below, are of texts. */
	gf_config config;
	gf_read_options read;

	const char *model, *output, *log;
	const char *init_file; /* --init is this model; NULL: a word, in config */
	const char
		*validation_file; /* --validation is this; NULL: a share, in config, or nothing */
	size_t trace, explain;
};

extern const struct command commands[]; /* the last has no name */

/* Reads the arguments after the command's name.  False: the program is to end with *code,
 * everything having been said. */
bool options_parse(
	struct options *options, const struct command *command, int argc, char **argv, int *code);
void options_free(struct options *options);

/* What the options say to gf_dataset_read, gf_fit, gf_predict and gf_evaluate. */
gf_read_options options_read(const struct options *options);
gf_config options_config(const struct options *options);

#endif
