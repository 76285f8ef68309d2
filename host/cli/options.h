/*
 * options.h: the command line, parsed, checked, and stored in the structs that the commands use.
 *
 * options.def says which commands have which options.  An option that a command would ignore is
 * an error.
 */
#ifndef GF_OPTIONS_H
#define GF_OPTIONS_H

#include "gpufitcl_search.h"

#include <stdbool.h>
#include <sys/stat.h>

#define OPTION(id, ...) OPT_##id,
#define AGAIN(id, ...)

enum option {
	OPT_NONE,
#include "options.def"
	OPTION_COUNT
};

#undef OPTION
#undef AGAIN

struct options;

/* An option's row holds the set of commands that have it. */
enum command_bit {
	TRAIN = 1 << 0,
	PREDICT = 1 << 1,
	EVALUATE = 1 << 2,
	DEVICES = 1 << 3,
	SELFTEST = 1 << 4,
	SHOW = 1 << 5,
	COMPLETION = 1 << 6,
	EVERY_COMMAND = (1 << 7) - 1
};

struct command {
	const char *name;
	enum command_bit bit;
	const char *synopsis; /* --help prints it after "gpufit" */
	const char *summary;
	const char *operand; /* "DATA", "MODEL" or "SHELL"; NULL: the command takes none */
	bool operand_required;
	const char *operand_wanted; /* what the error of a missing one asks for */
	bool model_required;        /* -m */
	int (*run)(
		const struct options *options); /* prints its own errors, returns the exit code */
};

/* How predict writes.	word	help */
#define FORMAT_LIST(X)                                                                     \
	X(csv, "a header and a line for each row")                                         \
	X(json, "an object for each row, on a line of its own (JSON Lines)")               \
	X(npy, "an array for numpy.load: float32 numbers, or labels, or with --proba the " \
	       "probabilities as float64")

#define FORMAT_LINE(word, help) FORMAT_##word,

enum format { FORMAT_LIST(FORMAT_LINE) FORMAT_COUNT };

struct options {
	const struct command *command; /* borrowed */
	bool named; /* the command line names the command; train is also the default */
	bool given[OPTION_COUNT];
	char *texts[OPTION_COUNT]; /* owned: each option's value as text; NULL: it has none */
	const char *operand;       /* borrowed: the first of operands; NULL: not given */
	char **operands;           /* owned; (operand_count) the files of DATA, or one word */
	size_t operand_count;

	/* Strings here, and below, point into texts. */
	gf_config config;
	gf_read_options read;

	const char *model, *output, *export, *log, *plot, *timeline, *emit_pytorch;
	const char *init_file;       /* the model file of --init; NULL: config has a word */
	const char *validation_file; /* the file of --validation; NULL: config has a share, or 0 */
	enum format format;
	double interval;       /* the level of predict's; 0: not given */
	const char *mpi;       /* a file, or a name to look for; NULL: not given */
	double rank_timeout;   /* seconds; 0: not given */
	char device_text[256]; /* the device of this rank, if --mpi chooses it */
	size_t trace, explain;
	size_t folds; /* 0: not given */
	gf_penalty path;
	size_t path_points; /* 0: not given */
	const char *sweep;  /* "lr=0.1,0.01", a line for each option; NULL: not given */
};

extern const struct command commands[]; /* the first is the default, the last has no name */

/* The commands' functions. */
int cmd_train(const struct options *options);
int cmd_predict(const struct options *options);
int cmd_evaluate(const struct options *options);
int cmd_devices(const struct options *options);
int cmd_selftest(const struct options *options);
int cmd_show(const struct options *options);
int cmd_completion(const struct options *options);

/* Parses the arguments after the command's name; `named`: the command line has that name.  False:
 * the program ends with *code, and help or an error has been printed. */
bool options_parse(struct options *options, const struct command *command, bool named, int argc,
	char **argv, int *code);
void options_free(struct options *options);

/* ---- operands.c: the words that are no options ---- */

/* Gets the status of a file, for d.npz:train that of d.npz.  False: there is none. */
bool operand_status(const char *path, struct stat *info);

/* True if the word stands in a command's place and is neither a command nor a file: "evalute". */
bool operand_misspelt(const struct options *options, const char *word);
int say_misspelt(const struct options *options, const char *word);

/* Adds a word.  A pattern of files that is no file's name becomes the files that match it.  Returns
 * 0 or the exit code. */
int operand_take(struct options *options, const char *text);
void operands_free(struct options *options);

/* Reads the files of DATA, which are one table. */
gf_status operands_read(gf_dataset **data, const struct options *options,
	const gf_read_options *read, gf_error *err);

/* The name of DATA in messages: its file, or "a.csv and 2 more files". */
const char *operands_name(const struct options *options, char *text, size_t size);

/* The start of a training: the built-in points start from the notebook's recorded parameters,
 * unless the user chooses others, or a network, which the notebook's are not for. */
gf_init options_init(const struct options *options);

/* Sets the activation that the model's file does not name, as PyTorch's do not.
 * GF_E_USAGE: neither the file nor --activation names it, or they differ. */
gf_status options_activation(
	const struct options *options, gf_model *model, const char *path, gf_error *err);

enum { SPARSE_IF_FASTER = 2 /* of gf_read_options.sparse */ };

/* The options for gf_dataset_read. */
gf_read_options options_read(const struct options *options);

#endif
