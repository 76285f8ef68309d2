/*
 * device_sparse.h: sparse rows on a device (data/sparse.h), and the columns of those that train.
 *
 * The numbers of the rows are the part of x in device_rows.
 */
#ifndef GF_DEVICE_SPARSE_H
#define GF_DEVICE_SPARSE_H

#include "device_columns.h"
#include "device_data.h"

struct device_sparse {
	struct buffer start, index; /* of rows, in the host's memory where the device shares it */
	struct device_columns columns; /* of the rows that train; empty where the dataset has no
					* targets */
	size_t train_rows;             /* rows of the columns */
	size_t numbers;                /* of the rows */
	size_t row_most;               /* numbers of the fullest row */
};

/* Makes d->sparse and the only part of x, or shares those of `beside`, which may be NULL.
 * train_rows: the rows that become columns.
 * GF_E_USAGE: more rows than columns can number.  GF_E_UNAVAILABLE: as buffer_new; or a row has more
 * numbers than the loops of the device have turns. */
gf_status device_sparse_new(
	struct device_data *d, size_t train_rows, const struct device_data *beside, gf_error *err);

/* sparse may be NULL. */
void device_sparse_free(struct device_sparse *sparse);

/* device_data_audit of the features. */
gf_status device_sparse_audit(struct device_data *d, gf_error *err);

#endif
