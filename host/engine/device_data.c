/* device_data.c: uploads a dataset, reads it back for a check, and gathers shuffled rows. */
#include "device_data.h"
#include "device_ring.h"
#include "device_sparse.h"
#include "catalog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	GATHER_FLOATS = 8192, /* floats of x that a work-item of `gather` copies */
	READ_WORDS = 1 << 18  /* words that are read back at a time */
};

gf_status device_data_in_one_part(const struct device_data *d, gf_engine word, gf_error *err)
{
	if (d->all.parts_count == 1)
		return GF_OK;
	if (d->ring)
		return gf_fail(err, GF_E_USAGE,
			"engine %s: it takes all of x at a time, for which the memory of device %s "
			"or the memory_limit has no room",
			engine_word(word), d->dev->id.info.name);
	return gf_fail(err, GF_E_USAGE,
		"engine %s: it takes x in one allocation, and on device %s x takes %zu",
		engine_word(word), d->dev->id.info.name, d->all.parts_count);
}

/* ---- targets, weights, shares ---- */

/* Returns the targets (N, T) as (T, y_stride), zeros behind the last row; the caller frees them. */
static float *transposed_targets(const struct device_data *d, gf_error *err)
{
	const size_t stride = d->all.y_stride, words = d->targets * stride;
	const size_t outputs = d->dataset->outputs;
	float *y = calloc(words, sizeof *y);
	size_t i, k;

	if (!y)
		gf_fail_memory(err, words * sizeof *y, "targets");
	for (i = 0; y && i < d->rows; i++)
		for (k = 0; k < outputs; k++)
			y[k * stride + i] = d->dataset->y[i * outputs + k];
	if (y && d->dataset->offset)
		memcpy(y + outputs * stride, d->dataset->offset, d->rows * sizeof *y);
	return y;
}

static gf_status upload_targets(struct device_data *d, gf_error *err)
{
	const size_t words = d->targets * d->all.y_stride;
	gf_status status;
	float *y;

	if (!d->dataset->y)
		return GF_OK;
	y = transposed_targets(d, err);
	if (!y)
		return GF_E_MEMORY;
	status = run_write(&d->all.y, 0, y, words * sizeof *y, err);
	free(y);
	return status;
}

static gf_status upload_weights(struct device_data *d, gf_error *err)
{
	if (!d->weights)
		return GF_OK;
	return run_write(&d->all.weights, 0, d->weights, d->rows * sizeof(float), err);
}

/* For cross_entropy: K shares of the classes in the loss of every row, from label_smoothing, then K
 * further shares for rows of that class (kernels/terms.cl). */
static gf_status upload_shares(struct device_data *d, const struct problem *problem, gf_error *err)
{
	const double smoothing = problem->loss_parameters.label_smoothing;
	const size_t K = d->outputs, bytes = 2 * K * sizeof *d->shares;
	size_t k;

	d->shares = malloc(bytes);
	if (!d->shares)
		return gf_fail_memory(err, bytes, "the shares of classes");
	for (k = 0; k < K; k++) {
		const double w = problem->class_weights ? (double)problem->class_weights[k] : 1.0;

		d->shares[k] = (float)(w * smoothing / (double)K);
		d->shares[K + k] = (float)(w * (1.0 - smoothing));
	}
	TRY(buffer_floats(&d->class_shares, d->dev, "shares", 2 * K, err));
	return run_write(&d->class_shares, 0, d->shares, bytes, err);
}

/* ---- new and free ---- */

/* Makes y and weights before the upload of x, which takes long: one allocation may have no room for
 * them. */
static gf_status share_or_upload(struct device_data *d, const struct problem *problem,
	const struct tuning *tuning, size_t unit_rows, const struct device_data *beside,
	gf_error *err)
{
	const int same_rows = beside && beside->rows == d->rows;
	const int same_y = same_rows && d->dataset->y && beside->dataset->y == d->dataset->y &&
			   beside->dataset->offset == d->dataset->offset &&
			   beside->targets == d->targets;
	const int same_weights = same_rows && d->weights && beside->weights == d->weights;
	const size_t stride = d->all.y_stride;

	TRY(same_y ? buffer_retain(&d->all.y, d->dev, &beside->all.y, err)
		   : buffer_floats(&d->all.y, d->dev, "y", d->targets * stride, err));
	TRY(same_weights ? buffer_retain(&d->all.weights, d->dev, &beside->all.weights, err)
			 : buffer_zeros(&d->all.weights, d->dev, "weights", d->weights ? stride : 1,
				   err));
	TRY(d->dataset->sparse ? device_sparse_new(d, problem, tuning->has_ranks, beside, err)
			       : device_x_new(d, tuning, unit_rows, beside, err));
	TRY(same_y ? GF_OK : upload_targets(d, err));
	TRY(same_weights ? GF_OK : upload_weights(d, err));
	return upload_shares(d, problem, err);
}

gf_status device_data_new(struct device_data **data, struct device *dev,
	const struct problem *problem, const struct tuning *tuning, size_t rows_beyond,
	size_t unit_rows, const struct device_data *beside, gf_error *err)
{
	const gf_dataset *dataset = problem->data;
	struct device_data *d = calloc(1, sizeof *d);
	gf_status status;

	*data = NULL;
	if (!d)
		return gf_fail_memory(err, sizeof *d, "the data of a device");
	d->dev = dev;
	d->dataset = dataset;
	d->weights = problem->weights;
	d->rows = dataset->rows;
	d->features = (cl_uint)dataset->features;
	d->targets = dataset->outputs ? (cl_uint)dataset->outputs + (dataset->offset != NULL) : 1;
	d->outputs = problem->outputs;
	d->all.y_stride = d->rows + TILE_ROWS;
	d->part_rows_wanted = tuning->part_rows;
	d->rows_beyond = rows_beyond;
	status = share_or_upload(d, problem, tuning, unit_rows, beside, err);
	if (status) {
		device_data_free(d);
		return status;
	}
	*data = d;
	return GF_OK;
}

static void free_rows(struct device_rows *rows)
{
	size_t i;

	for (i = 0; rows->parts && i < rows->parts_count; i++)
		buffer_free(&rows->parts[i].x);
	free(rows->parts);
	buffer_free(&rows->y);
	buffer_free(&rows->weights);
	*rows = (struct device_rows){.parts = NULL};
}

void device_data_free(struct device_data *d)
{
	if (!d)
		return;
	if (d->ring && d->batch.parts)
		d->batch.parts[0].x = (struct buffer){.mem = NULL}; /* one of the ring */
	ring_leave(d);
	free_rows(&d->all);
	device_sparse_free(d->sparse);
	free_rows(&d->batch);
	device_x_unpad(d->padded);
	buffer_free(&d->class_shares);
	buffer_free(&d->order);
	free(d->shares);
	free(d);
}

/* ---- read back ---- */

static gf_status fail_word(
	const struct buffer *buf, size_t word, const void *found, const void *wanted, gf_error *err)
{
	uint32_t bits[2];
	float values[2];

	memcpy(&bits[0], found, sizeof bits[0]);
	memcpy(&bits[1], wanted, sizeof bits[1]);
	memcpy(values, bits, sizeof values);
	return gf_fail(err, GF_E_CHECK,
		"device %s holds %.9g (bits %08" PRIx32
		") in \"%s\" at %zu, and %.9g (bits %08" PRIx32 ") was sent there",
		buf->dev->id.info.name, (double)values[0], bits[0], buf->name, word,
		(double)values[1], bits[1]);
}

static gf_status compare_words(const struct buffer *buf, size_t first, const char *found,
	const char *wanted, size_t words, gf_error *err)
{
	const size_t width = sizeof(float);
	size_t i;

	if (memcmp(found, wanted, words * width) == 0)
		return GF_OK;
	for (i = 0; memcmp(found + i * width, wanted + i * width, width) == 0;)
		i++;
	return fail_word(buf, first + i, found + i * width, wanted + i * width, err);
}

gf_status device_same(struct buffer *buf, const void *numbers, size_t words, gf_error *err)
{
	const size_t most = words < READ_WORDS ? words : READ_WORDS, width = sizeof(float);
	const char *wanted = numbers;
	char *found = malloc(most * width);
	gf_status status = GF_OK;
	size_t first, count;

	if (!found)
		return gf_fail_memory(err, most * width, "what a device holds");
	for (first = 0; first < words && !status; first += count) {
		count = words - first < most ? words - first : most;
		status = run_read(buf, first * width, found, count * width, err);
		if (!status)
			status = compare_words(
				buf, first, found, wanted + first * width, count, err);
	}
	free(found);
	return status;
}

static gf_status audit_targets(struct device_data *d, gf_error *err)
{
	gf_status status;
	float *y;

	if (!d->dataset->y)
		return GF_OK;
	y = transposed_targets(d, err);
	if (!y)
		return GF_E_MEMORY;
	status = device_same(&d->all.y, y, d->targets * d->all.y_stride, err);
	free(y);
	return status;
}

gf_status device_data_audit(struct device_data *d, gf_error *err)
{
	TRY(d->sparse ? device_sparse_audit(d, err) : device_x_audit(d, err));
	TRY(audit_targets(d, err));
	if (d->weights)
		TRY(device_same(&d->all.weights, d->weights, d->rows, err));
	return device_same(&d->class_shares, d->shares, 2 * d->outputs, err);
}

/* ---- rows in a shuffled order ---- */

static gf_status new_batch(struct device_data *d, gf_error *err)
{
	const size_t padded = d->batch_rows + TILE_ROWS;
	struct device_rows *batch = &d->batch;

	batch->y_stride = padded;
	if (!d->order.mem)
		TRY(buffer_floats(&d->order, d->dev, "order", 1, err));
	TRY(buffer_zeros(&batch->weights, d->dev, "batch weights", d->weights ? padded : 1, err));
	TRY(buffer_zeros(&batch->y, d->dev, "batch y", d->targets * padded, err));
	if (d->ring)
		return GF_OK;
	return buffer_zeros(
		&batch->parts[0].x, d->dev, "batch x", padded * d->features + SUM_LANES, err);
}

gf_status device_data_need_batch(struct device_data *d, gf_error *err)
{
	struct device_rows *batch = &d->batch;
	gf_status status;

	if (batch->parts)
		return GF_OK;
	if (d->ring)
		TRY(ring_check_batch(d, err));
	batch->parts = calloc(1, sizeof *batch->parts);
	if (!batch->parts)
		return gf_fail_memory(err, sizeof *batch->parts, "a batch");
	batch->parts_count = 1;
	batch->part_rows = batch->parts[0].rows = d->batch_rows;
	status = new_batch(d, err);
	if (status)
		free_rows(batch);
	return status;
}

gf_status device_data_set_order(struct device_data *d, const uint32_t *order, size_t count,
	size_t from, size_t to, gf_error *err)
{
	TRY(device_data_need_batch(d, err));
	if (d->order.bytes < count * sizeof *order) {
		buffer_free(&d->order);
		TRY(buffer_new(&d->order, d->dev, "order", count * sizeof *order, err));
	}
	d->order_sent = order;
	return run_write_later(
		&d->order, from * sizeof *order, order + from, (to - from) * sizeof *order, err);
}

/* Returns the rows that a work-item copies. */
static cl_uint rows_each(const struct device_data *d)
{
	const size_t fit = GATHER_FLOATS / d->features;

	return (cl_uint)(fit < 1 ? 1 : fit > 256 ? 256 : fit);
}

static size_t work_items(const struct device_data *d, size_t count)
{
	const size_t each = rows_each(d);

	return d->row_items ? count * d->row_items : (count + each - 1) / each;
}

/* Copies the rows that are in one part of x, D columns of them. */
static gf_status gather_part(struct device_data *d, struct kernel *gather,
	const struct x_part *part, cl_ulong first, cl_ulong count, cl_uint D, size_t items,
	gf_error *err)
{
	const struct device_rows *all = &d->all, *batch = &d->batch;
	const cl_uint each = rows_each(d);
	const struct kernel_arg args[] = {ARG_MEM(d->order), ARG_MEM(part->x), ARG_MEM(all->y),
		ARG_MEM(all->weights), ARG_MEM(batch->parts[0].x), ARG_MEM(batch->y),
		ARG_MEM(batch->weights), ARG(all->y_stride), ARG(batch->y_stride), ARG(D),
		ARG(d->targets), ARG(first), ARG(count), ARG(part->first), ARG(part->rows),
		ARG(each)};

	return run_launch(gather, ARGS(args), items, 2 * device_data_bytes(d, count), err);
}

/* With a ring the host gathers the rows of x, which are not all on the device, and the kernel what
 * else there is of them. */
static gf_status gather_with_ring(
	struct device_data *d, struct kernel *gather, size_t first, size_t count, gf_error *err)
{
	struct x_part all;

	TRY(ring_gather(d, d->order_sent + first, count, err));
	all = (struct x_part){.x = d->batch.parts[0].x, .rows = d->rows};
	return gather_part(d, gather, &all, first, count, 0, work_items(d, count), err);
}

gf_status device_data_gather(
	struct device_data *d, struct kernel *gather, size_t first, size_t count, gf_error *err)
{
	const size_t items = work_items(d, count);
	size_t i;

	if (d->ring)
		return gather_with_ring(d, gather, first, count, err);
	for (i = 0; i < d->all.parts_count; i++)
		TRY(gather_part(
			d, gather, &d->all.parts[i], first, count, d->features, items, err));
	return GF_OK;
}

gf_status device_data_gather_none(struct device_data *d, struct kernel *gather, gf_error *err)
{
	if (d->ring)
		d->batch.parts[0].x = d->all.parts[0].x;
	return gather_part(d, gather, &d->all.parts[0], 0, 0, d->ring ? 0 : d->features,
		work_items(d, d->batch_rows), err);
}
