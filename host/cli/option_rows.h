/* option_rows.h: what the program knows of each option, a row of options.def. */
#ifndef GF_OPTION_ROWS_H
#define GF_OPTION_ROWS_H

#include "catalog.h"
#include "option_words.h"
#include "options.h"

#include <stddef.h>

/* In the order of --help. */
enum option_group {
	GROUP_MODEL,
	GROUP_COLUMNS,
	GROUP_READING,
	GROUP_NETWORK,
	GROUP_LOSS,
	GROUP_OPTIMIZER,
	GROUP_SCHEDULE,
	GROUP_TRAINING,
	GROUP_VALIDATION,
	GROUP_SEARCH,
	GROUP_WHERE,
	GROUP_RESULT,
	GROUP_HELP,
	GROUP_COUNT
};

struct option_row {
	enum option option;
	const char *name;  /* without its dashes */
	unsigned commands; /* a set of enum command_bit */
	enum option_group group;
	char letter;         /* 'o' for -o; 0: none */
	const char *metavar; /* NULL: the option is a flag */
	const char
		*alone; /* "--trace=3": what the option means without a value; NULL: it needs one */
	const char *help;

	/* Stores the value of text in field; false: text is not valid.  NULL: the commands look at
	 * options.given alone. */
	bool (*parse)(const char *text, const struct option_row *row, void *field);
	size_t field;             /* offset in struct options; 0: parse gets the whole struct */
	enum range range;         /* of a number */
	const struct word *words; /* NULL: the option takes none */
	const char *wanted; /* what error messages ask for, before the words; NULL: the range */
	/* For a list of items separated by commas: finds the first item that is not valid, and its
	 * length; NULL: each is valid.  Error messages then name it. */
	const char *(*wrong_item)(const char *text, size_t *length);
	bool accumulates; /* a second value is added to the first, on a line of its own */

	/* What the option needs to have an effect.  0 and NULL: nothing. */
	enum option needs;          /* another option */
	const char *loss_parameter; /* a loss with that parameter */
	bool of_classes;            /* a loss of classes */
	unsigned optimizer_option;  /* an optimizer with that option */
	unsigned activations;       /* an activation whose bit is set */
	bool not_explained;         /* --explain refuses the option */

	/* A resumed training may have another value although the option's group is one that steps
	 * depend on. */
	bool may_differ;
};

/* The option's row for that command, or NULL. */
const struct option_row *option_row(const struct command *command, enum option option);

/* The option's row that has its parser: rows of AGAIN may have another help text only. */
const struct option_row *option_value_row(enum option option);

/* True if the option changes how DATA is read.  It has no effect on the built-in points, and a
 * checkpoint knows it by the checksum of the data. */
bool option_reads_data(const struct option_row *row);

/* True if --sweep can go through values of the option: one number that the training takes. */
bool option_is_swept(const struct option_row *row);

/* True if no step of a training depends on the option, so that a resumed training may have another
 * value.  The fingerprint of a checkpoint has all other options that do not change the data. */
bool option_may_differ(const struct option_row *row);

/* Row i, counted from 0; NULL after the last. */
const struct option_row *option_row_at(size_t i);

/* Parses options->texts[option] and stores the value.  False: it is not valid, and complaint (size
 * bytes) says what was wanted and what was found. */
bool option_store(struct options *options, enum option option, char *complaint, size_t size);

/* Prints an error if options contradict each other, or if one file would be read or written twice.
 * Returns 0 or the exit code. */
int options_check(const struct options *options);

/* The part of options_check that has to do with many trainings. */
int check_search(const struct options *options);

#endif
