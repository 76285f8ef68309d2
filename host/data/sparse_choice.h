/* sparse_choice.h: whether the rows that a reader has collected are kept sparse. */
#ifndef GF_SPARSE_CHOICE_H
#define GF_SPARSE_CHOICE_H

#include "data_report.h"
#include "read_options.h"

struct sparse_choice {
	const struct read_options *options; /* borrowed, as files */
	const struct file_list *files;
	size_t rows, features;
	double numbers; /* of all rows that are given, and not 0 */
	int is_filled;  /* 1: missing values have been filled in, or their rows left out */
};

/* Sets *sparse as options->sparse asks, or by what is faster and what memory there is; *why is then
 * the reason, the end of "rows are kept sparse: " or of "rows are dense: ".
 * GF_E_DATA: sparse rows are asked for, and something keeps the data from them.
 * GF_E_MEMORY: the rows would take more than the machine has. */
gf_status sparse_choose(
	const struct sparse_choice *choice, int *sparse, const char **why, gf_error *err);

/* Makes dense rows sparse that a reader has stored with their zeros, if options->sparse asks so.
 * Errors as sparse_choose. */
gf_status sparse_keep(gf_dataset *data, const struct file_list *files,
	const struct read_options *options, gf_error *err);

/* Checks before columns are selected what so many features take at least.  A system may promise
 * more memory than it has and kill the process that uses it.  GF_E_MEMORY. */
gf_status sparse_check_columns(const struct sparse_choice *choice, gf_error *err);

#endif
