/*
 * device_data.h: a dataset on one device, and room for a batch of its rows in a shuffled order.
 *
 *	N rows, D features, K outputs; T columns of y, 1 where the dataset has none; an offset is
 *	one more
 *
 * It knows no engine: an engine has one, and its kernels read it.
 */
#ifndef GF_DEVICE_DATA_H
#define GF_DEVICE_DATA_H

#include "engine.h"
#include "problem.h"
#include "run.h"

/* Rows [first, first + rows) of x, and a few rows that follow them. */
struct x_part {
	struct buffer x;
	cl_ulong first, rows;
};

/* Rows as kernels read them. */
struct device_rows {
	/* Owned; (parts_count), each of part_rows rows but the last.  Of a ring (device_ring.h)
	 * they are those that are on the device.  Sparse rows are in one part, with their
	 * numbers. */
	struct x_part *parts;
	size_t parts_count, part_rows;
	struct buffer y; /* (T, y_stride), zeros behind the last row */
	struct buffer
		weights; /* (y_stride) of rows, zeros behind the last; unused without weights */
	cl_ulong y_stride;
};

/* A copy of an x that the dataset borrows, with the zeros behind it that kernels read. */
struct padded_x {
	float *at;    /* owned */
	size_t users; /* of buffers that are this memory */
};

struct device_ring;
struct device_sparse;
struct device_stages;

struct device_data {
	struct device *dev;                   /* borrowed */
	const gf_dataset *dataset;            /* borrowed */
	const float *weights;                 /* borrowed; (N) of rows, or NULL */
	cl_ulong rows;                        /* N */
	size_t rows_used;                     /* the first rows, which are read */
	cl_uint features, targets;            /* D, T; with an offset it is the last of T */
	struct padded_x *padded;              /* shared; NULL: the device reads the dataset's x */
	struct device_rows all;               /* the dataset */
	struct device_ring *ring;             /* shared; NULL: all of x is on the device */
	struct device_stages *stages;         /* owned; of shuffled batches, with a ring */
	struct device_sparse *sparse;         /* owned; sparse rows; NULL: they are dense */
	size_t part_rows_wanted, rows_beyond; /* as device_data_new was given them */
	struct buffer class_shares;           /* (2, K) of cross_entropy: kernels/terms.cl */
	float *shares;                        /* owned; (2, K) the numbers of class_shares */
	size_t outputs;                       /* K */

	/* The engine sets these before the first batch. */
	size_t batch_rows; /* room of the batch */
	size_t row_items;  /* work-items that copy a row of it; 0: one copies several rows */

	struct device_rows batch;   /* in one part; empty until the first shuffled batch */
	struct buffer order;        /* numbers of rows, in the order in which steps take them */
	const uint32_t *order_sent; /* borrowed; the host's numbers of which `order` is a copy */
};

/*
 * Uploads the problem's dataset, weights of rows and shares of classes; dataset and weights must
 * stay as they are until device_data_free.
 *
 *	tuning		part_rows, or the ring that takes x
 *	rows_beyond	rows that a launch may read from a part after its own
 *	unit_rows	the parts of a ring have a multiple of so many rows
 *	beside		data in the same context, or NULL: what is the same there is shared,
 *			and stays until both are freed
 *
 * GF_E_UNAVAILABLE: the device's largest allocation is too small for a few rows, the targets or the
 * weights.
 */
gf_status device_data_new(struct device_data **data, struct device *dev,
	const struct problem *problem, const struct tuning *tuning, size_t rows_beyond,
	size_t unit_rows, const struct device_data *beside, gf_error *err);

/* data may be NULL. */
void device_data_free(struct device_data *data);

/* gathered: 1: the rows of the batch; 0: those of the dataset */
static inline const struct device_rows *device_data_rows(
	const struct device_data *data, int gathered)
{
	return gathered ? &data->batch : &data->all;
}

/* Returns the first row of the part of x that has that row. */
static inline size_t device_rows_first(const struct device_rows *rows, size_t row)
{
	return row / rows->part_rows * rows->part_rows;
}

/* Sets *part to the part of x that has that row; the kernels that are enqueued before the next call
 * may read it, and `beyond` rows behind it, at most rows_beyond. */
gf_status device_data_part(struct device_data *data, const struct device_rows *rows, size_t row,
	size_t beyond, struct x_part *part, gf_error *err);

/* Returns the rows that chunks of a pass from row `first` on read behind a part: none where parts
 * end with chunks. */
static inline size_t device_data_beyond(
	const struct device_data *data, size_t first, size_t chunk_rows)
{
	return first % chunk_rows || data->all.part_rows % chunk_rows ? data->rows_beyond : 0;
}

/* Returns 1 if a pass over rows [first, first + count) of the dataset had better begin at the end,
 * since that is on the device from the pass before. */
int device_data_backward(
	const struct device_data *data, const struct device_rows *rows, size_t first, size_t count);

/* Returns the bytes of count rows with their targets. */
static inline size_t device_data_bytes(const struct device_data *data, size_t count)
{
	return count * (data->features + data->targets) * sizeof(float);
}

/* GF_E_USAGE: x is in several parts, and the engine of that word takes one only. */
gf_status device_data_in_one_part(const struct device_data *data, gf_engine word, gf_error *err);

/* Reads the data back and compares it with what was sent; x only where the device has a copy of it.
 * GF_E_CHECK: they differ. */
gf_status device_data_audit(struct device_data *data, gf_error *err);

/* Reads numbers (count words of 4 bytes) back and compares their bits.  GF_E_CHECK: they differ. */
gf_status device_same(struct buffer *buf, const void *numbers, size_t words, gf_error *err);

/* ---- device_x.c ---- */

/* Makes d's parts of x, or shares those of `beside`, which may be NULL; the others as for
 * device_data_new. */
gf_status device_x_new(struct device_data *d, const struct tuning *tuning, size_t unit_rows,
	const struct device_data *beside, gf_error *err);

/* Uploads the first rows of x again, after the host has changed them, without waiting for that; the
 * rows behind them will not be read. */
gf_status device_x_refill(struct device_data *d, size_t rows, gf_error *err);

/* device_data_audit of x. */
gf_status device_x_audit(struct device_data *d, gf_error *err);

/* padded may be NULL. */
void device_x_unpad(struct padded_x *padded);

/* ---- rows in a shuffled order ---- */

/* Makes room for batch_rows shuffled rows, zeros, when first called. */
gf_status device_data_need_batch(struct device_data *data, gf_error *err);

/* Writes order[from] .. order[to - 1] to the device, whose order has room for count; the order must
 * stay as it is until something enqueued later has been waited for. */
gf_status device_data_set_order(struct device_data *data, const uint32_t *order, size_t count,
	size_t from, size_t to, gf_error *err);

/* Copies the rows order[first] .. order[first + count - 1] of the device's order, at most
 * batch_rows, to the batch.  gather: the kernel of kernels/gather.cl. */
gf_status device_data_gather(
	struct device_data *data, struct kernel *gather, size_t first, size_t count, gf_error *err);

/* Launches the kernel for no row, after device_data_need_batch. */
gf_status device_data_gather_none(struct device_data *data, struct kernel *gather, gf_error *err);

#endif
