/* choose.h: the features and the targets that options ask for, or a model, or nobody. */
#ifndef GF_CHOOSE_H
#define GF_CHOOSE_H

#include "columns.h"
#include "csv.h"

/* Fills features and targets: path, line, header and names are given.
 * GF_E_USAGE: what options ask for is not to be had.  GF_E_DATA: what a model needs is not. */
gf_status choose_columns(struct columns *columns, const struct csv_options *options, gf_error *err);

#endif
