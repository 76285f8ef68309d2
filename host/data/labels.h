/* labels.h: features and targets that are read apart, from two files or two arrays. */
#ifndef GF_LABELS_H
#define GF_LABELS_H

#include "dataset.h"
#include "read_options.h"

/* The options for reading one part. */
struct read_options labels_options(const struct read_options *options, enum table_part part);

/* Moves the targets of labels to data, which has none.  The names are for messages.  GF_E_DATA:
 * they differ in their rows. */
gf_status labels_join(gf_dataset *data, gf_dataset *labels, const char *name,
	const char *labels_name, gf_error *err);

#endif
