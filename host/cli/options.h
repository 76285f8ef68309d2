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
	OPT_CHECK,
	OPT_LOSS,
	OPT_OPTIMIZER,
	OPT_LR,
	OPT_EPOCHS,
	OPT_INIT,
	OPT_SEED,
	OPT_TARGET,
	OPT_FEATURES,
	OPT_HEADER,
	OPT_DELIMITER,
	OPT_MODEL,
	OPT_OUTPUT,
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
	bool given[OPTIONS];           /* a flag is nothing but this */
	char *operand;                 /* owned, as are all texts here; NULL: not given */
	char *device, *target, *features, *model, *output, *log;
	int engine, check, loss, optimizer, init; /* gf_engine ... gf_init */
	int header, delimiter;                    /* as in gf_read_options */
	double lr;
	size_t epochs, trace, explain;
	uint64_t seed;
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
