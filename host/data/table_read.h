/* table_read.h: a dataset from a file of any format, its labels perhaps from a second one. */
#ifndef GF_TABLE_READ_H
#define GF_TABLE_READ_H

#include "csv.h"
#include "gpufitcl.h"

/* path, and options->labels, "-" is standard input; both cannot be.  options->target is then of
 * the file of labels.
 * GF_E_NOINPUT: cannot be opened.  GF_E_USAGE: an option that this format does not take.
 * GF_E_DATA: "file:line: what was found"; labels that are not as many as the rows.  GF_E_IO. */
gf_status table_read(
	gf_dataset **data, const char *path, const struct csv_options *options, gf_error *err);

#endif
