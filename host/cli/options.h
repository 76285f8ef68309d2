/*
 * options.h: what the command line said, checked, in the shape that the commands use.
 *
 * An option that a command could only ignore is refused: options.def says which commands have
 * which options.
 */
#ifndef GF_OPTIONS_H
#define GF_OPTIONS_H

#include "gpufitcl.h"

#include <stdbool.h>

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

/* Which commands have an option. */
enum command_bit {
	TRAIN = 1 << 0,
	PREDICT = 1 << 1,
	EVALUATE = 1 << 2,
	DEVICES = 1 << 3,
	SELFTEST = 1 << 4,
	SHOW = 1 << 5,
	EVERY_COMMAND = (1 << 6) - 1
};

struct command {
	const char *name;
	enum command_bit bit;
	const char *synopsis; /* what --help says after "gpufit" */
	const char *summary;
	const char *operand; /* "DATA" or "MODEL"; NULL: takes none */
	bool operand_required;
	bool model_required;                       /* -m */
	int (*run)(const struct options *options); /* returns the exit code */
};

struct options {
	const struct command *command; /* borrowed */
	bool named; /* the command line names the command; train is also the default */
	bool given[OPTION_COUNT];
	char *texts[OPTION_COUNT]; /* owned: what stood after each; NULL: nothing */
	char *operand;             /* owned; NULL: not given */

	/* char pointers in these, and below, point into texts. */
	gf_config config;
	gf_read_options read;

	const char *model, *output, *log;
	const char *init_file; /* --init is this model; NULL: a word, in config */
	const char
		*validation_file; /* --validation is this; NULL: a share, in config, or nothing */
	size_t trace, explain;
};

extern const struct command commands[]; /* the last has no name */

/* Reads the arguments after the command's name; `named`: it stood there.  False: the program is to
 * end with *code, everything having been said. */
bool options_parse(struct options *options, const struct command *command, bool named, int argc,
	char **argv, int *code);
void options_free(struct options *options);

/* What the options say to gf_dataset_read. */
gf_read_options options_read(const struct options *options);

#endif
