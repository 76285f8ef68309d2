/*
 * device_columns.h: the columns of sparse rows on a device (data/sparse_columns.h).
 */
#ifndef GF_DEVICE_COLUMNS_H
#define GF_DEVICE_COLUMNS_H

#include "run.h"
#include "sparse_columns.h"

struct device_columns {
	struct sparse_part *part;                    /* owned; (parts) */
	struct buffer bundle, to, row, value, chunk; /* kernels/sparse_columns.cl */
	struct buffer above;                         /* (K, above_stride), not shared */
	size_t parts, bundles, slabs, chunks, numbers;
	cl_ulong above_stride;
};

/* Sends columns to the device, for K outputs.  c is zeros; it is to be freed also after a failure.
 * GF_E_MEMORY; else as buffer_new. */
gf_status device_columns_send(struct device_columns *c, struct device *dev,
	const struct sparse_columns *from, size_t outputs, gf_error *err);

/* Shares those of another engine in the same context, but for the sums. */
gf_status device_columns_share(struct device_columns *c, struct device *dev,
	const struct device_columns *from, size_t outputs, gf_error *err);

/* Compares them with what was sent: device_data_audit. */
gf_status device_columns_audit(
	struct device_columns *c, const struct sparse_columns *from, gf_error *err);

void device_columns_free(struct device_columns *c);

#endif
