/*
 * device_columns.h: the columns of sparse rows on a device (data/sparse_columns.h).
 */
#ifndef GF_DEVICE_COLUMNS_H
#define GF_DEVICE_COLUMNS_H

#include "run.h"
#include "sparse_columns.h"

struct device_data;

/* Columns in the host's memory, in which a device that shares it reads row and value. */
struct host_columns {
	struct sparse_columns columns;
	size_t users; /* struct device_columns that have them */
};

struct device_columns {
	struct host_columns *host;                   /* shared; NULL: there are no columns */
	struct buffer bundle, to, row, value, chunk; /* kernels/sparse_columns.cl */
	struct buffer above;                         /* (K, above_stride), not shared */
	cl_ulong above_stride;
};

/* The rows [first, first + rows), whose columns are made for `part` rows at a time. */
struct column_rows {
	size_t first, rows, part;
};

/* Makes the columns of the data's sparse rows, and sends them to its device.  c is zeros; it is to
 * be freed also after a failure.  GF_E_MEMORY; else as buffer_new. */
gf_status device_columns_new(struct device_columns *c, const struct device_data *d,
	const struct column_rows *of, gf_error *err);

/* Shares those of another engine in the same context, but for the sums. */
gf_status device_columns_share(struct device_columns *c, struct device *dev,
	const struct device_columns *from, size_t outputs, gf_error *err);

/* Enqueues copies of columns, which must stay as they are until these are done; they take the place
 * of those that an earlier call has written. */
gf_status device_columns_write(struct device_columns *c, struct device *dev,
	const struct sparse_columns *from, size_t outputs, gf_error *err);

/* Makes the columns again, and compares them with those on the device: device_data_audit. */
gf_status device_columns_audit(struct device_columns *c, const struct device_data *d,
	const struct column_rows *of, gf_error *err);

void device_columns_free(struct device_columns *c);

#endif
