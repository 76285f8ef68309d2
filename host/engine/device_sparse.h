/*
 * device_sparse.h: sparse rows on a device (data/sparse.h), and the columns of those that train.
 *
 * The numbers of the rows are the part of x in device_rows.
 */
#ifndef GF_DEVICE_SPARSE_H
#define GF_DEVICE_SPARSE_H

#include "device_columns.h"
#include "device_data.h"

struct sparse_batches;
struct sparse_shares;

struct device_sparse {
	struct buffer start, index; /* of rows, in the host's memory where the device shares it */
	struct device_columns columns;  /* of the rows that train, batch by batch */
	struct sparse_batches *batches; /* owned; NULL: no batch was shuffled yet */
	struct sparse_shares *shares;   /* owned; NULL: this rank has summed all rows so far */
	size_t train_rows;              /* 0 where the dataset has no targets */
	size_t batch_size;              /* rows of a part of the columns */
	size_t numbers;                 /* of the rows */
	size_t row_most;                /* numbers of the fullest row */
};

/* Where kernels find rows, and the columns of a step. */
struct sparse_source {
	const struct buffer *start, *index, *value, *y, *weights;
	cl_ulong y_stride;
	cl_ulong first; /* the first row that is wanted */
	const struct device_columns *columns;
	const struct sparse_part *part;
};

/* Makes d->sparse and the only part of x, or shares those of `beside`, which may be NULL.  If a
 * step takes all rows that train, on one rank, it makes their columns as well.
 * GF_E_USAGE: more rows than columns can number.  GF_E_UNAVAILABLE: as buffer_new; or a row has
 * more numbers than the loops of the device have turns. */
gf_status device_sparse_new(struct device_data *d, const struct problem *problem, int has_ranks,
	const struct device_data *beside, gf_error *err);

/* Enqueues the rows order[0 .. rows - 1] as the next batch. */
gf_status device_sparse_gather(
	struct device_data *d, const uint32_t *order, size_t rows, gf_error *err);

/* Finds the rows [first, first + rows), or those of the last batch if they are gathered; the first
 * step makes the columns of unshuffled batches.  with_columns: those of a step. */
gf_status device_sparse_find(struct device_data *d, size_t first, size_t rows, int gathered,
	int with_columns, struct sparse_source *source, gf_error *err);

/* Finds the rows [first, first + rows), of which this rank sums the gradient alone. */
gf_status device_sparse_share(struct device_data *d, size_t first, size_t rows,
	struct sparse_source *source, gf_error *err);

/* sparse may be NULL. */
void device_sparse_free(struct device_sparse *sparse);

/* device_data_audit of the features. */
gf_status device_sparse_audit(struct device_data *d, gf_error *err);

#endif
