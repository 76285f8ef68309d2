/* option_rows.h: what is known of each option: a row of options.def. */
#ifndef GF_OPTION_ROWS_H
#define GF_OPTION_ROWS_H

#include "catalog.h"
#include "options.h"
#include "words.h"

/* In the order of --help. */
enum option_group {
	GROUP_MODEL,
	GROUP_COLUMNS,
	GROUP_READING,
	GROUP_LOSS,
	GROUP_OPTIMIZER,
	GROUP_SCHEDULE,
	GROUP_TRAINING,
	GROUP_VALIDATION,
	GROUP_WHERE,
	GROUP_RESULT,
	GROUP_HELP,
	GROUP_COUNT
};

struct option_row {
	enum option option;
	const char *name;  /* without its dashes */
	unsigned commands; /* of enum command_bit */
	enum option_group group;
	char letter;         /* 'o' of -o; 0: none */
	const char *metavar; /* NULL: a flag */
	bool optional_value; /* it may stand without its value */
	const char *help;

	/* The value: text becomes what is at field of struct options, and false says that it cannot.
	 * NULL: options.given says it all. */
	bool (*parse)(const char *text, const struct option_row *row, void *field);
	size_t field;             /* 0: the whole struct */
	enum range range;         /* of a number */
	const struct word *words; /* NULL: none */
	const char *wanted;       /* what is accepted; words are appended; NULL: of the range */
	bool accumulates;         /* given again it goes on: one list a line */

	/* What it has a meaning with; what is 0 or NULL asks nothing. */
	bool needs_data;            /* the built-in points have none of it */
	enum option needs;          /* an option that must be there too */
	const char *loss_parameter; /* losses with that parameter */
	bool of_classes;            /* losses of classes */
	unsigned optimizer_option;  /* optimizers with that option */
	bool not_explained;         /* --explain cannot be beside it */
};

/* The option's row for that command, or NULL. */
const struct option_row *option_row(const struct command *command, enum option option);

/* The rows one by one, number i from 0 on; NULL: there are no more. */
const struct option_row *option_row_at(size_t i);

/* Stores what stood after that option, options->texts of it, where it belongs.  False: wanted
 * (wanted_size) says in words what would have been accepted. */
bool option_store(struct options *options, enum option option, char *wanted, size_t wanted_size);

#endif
