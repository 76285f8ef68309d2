/* assemble.h: what readers share once the columns are chosen: the dataset and its targets. */
#ifndef GF_ASSEMBLE_H
#define GF_ASSEMBLE_H

#include "columns.h"
#include "csv.h"
#include "dataset.h"
#include "targets.h"

/* Adds "column1", "column2", ... up to count to the names of columns. */
gf_status assemble_names(struct columns *columns, size_t count, gf_error *err);

/* An empty dataset of the columns chosen, with their names. */
gf_status assemble_dataset(
	gf_dataset **data, size_t rows, const struct columns *columns, gf_error *err);

/* A collector of what options ask of targets; at says the rest: path, column, columns, by_row. */
gf_status assemble_targets(struct targets **targets, const struct target_options *at,
	const struct csv_options *options, gf_error *err);

/* The end of the collector of target number `output`: y, and the class names. */
gf_status assemble_finish(gf_dataset *data, struct targets *targets, size_t output, gf_error *err);

#endif
