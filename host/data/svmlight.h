/* svmlight.h: the rows of an svmlight file as they are read, before they become a dataset. */
#ifndef GF_SVMLIGHT_H
#define GF_SVMLIGHT_H

#include "precision.h"
#include "data_report.h"
#include "read_options.h"
#include "sparse_table.h"
#include "targets.h"
#include "texts.h"

#include <locale.h>
#include <stdint.h>

struct svmlight {
	const struct read_options *options; /* borrowed */
	const struct file_list *files;      /* borrowed, for messages */
	gf_error *err;                      /* borrowed */
	locale_t c_locale;

	char *text; /* owned; (length) the line being read; has room for a 0 after it */
	size_t length, text_room;
	size_t line; /* its number, from 1 */

	struct targets *targets;   /* owned; NULL: labels are not read */
	int keeps_labels;          /* 1: labels become targets once all rows are read, since rows
					may be dropped */
	struct texts labels;       /* owned; (rows) if keeps_labels; "": missing */
	struct sparse_table table; /* its base and features are set once all lines are read */

	int numbers_may_be_missing; /* 1: --na has a number, for example -999 */
	int watches_precision;      /* 1: find the values whose digits a float cannot hold */
	struct sparse_precision precision;
	struct precision label_precision;

	int base;         /* the first index, 0 or 1; -1: not yet known */
	int unsorted;     /* 1: the indices of this line do not increase */
	size_t most;      /* the largest index */
	size_t zero_line; /* the first line with an index 0; 0: none */
	size_t qid_line;  /* the first line with a qid; 0: none */
};

/* Adds the label of that line, which is not missing, to the targets. */
gf_status svmlight_add_label(struct svmlight *r, const char *word, size_t line);

/* Makes the dataset once all lines have been read; implemented in svmlight_dataset.c. */
gf_status svmlight_dataset(struct svmlight *r, gf_dataset **data);

#endif
