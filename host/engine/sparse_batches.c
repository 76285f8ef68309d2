#include "sparse_batches.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

static struct sparse_batch *last(const struct sparse_batches *b)
{
	return (struct sparse_batch *)&b->batch[(b->count - 1) % SPARSE_BATCHES];
}

/* ---- memory ---- */

static gf_status need(
	struct sparse_array *a, struct device *dev, const char *name, size_t bytes, gf_error *err)
{
	void *at = array_reserve(a->at, &a->room, bytes ? bytes : 1, 1);

	if (!at)
		return gf_fail_memory(err, bytes, "a batch of sparse rows");
	a->at = at;
	if (a->buffer.bytes >= a->room)
		return GF_OK;
	buffer_free(&a->buffer);
	return buffer_new(&a->buffer, dev, name, a->room, err);
}

static gf_status send(struct sparse_array *a, size_t bytes, gf_error *err)
{
	return bytes ? run_write_later(&a->buffer, 0, a->at, bytes, err) : GF_OK;
}

/* ---- rows ---- */

static gf_status take_rows(struct sparse_batch *b, const struct device_data *d,
	const uint32_t *order, size_t rows, gf_error *err)
{
	const struct sparse_rows *from = d->dataset->sparse;
	uint64_t *start;
	size_t numbers = 0, i;

	TRY(need(&b->start, d->dev, "batch starts", (rows + 1) * sizeof *start, err));
	start = b->start.at;
	for (i = 0; i < rows; i++) {
		start[i] = numbers;
		numbers += sparse_count(from, order[i]);
	}
	start[rows] = numbers;
	TRY(need(&b->index, d->dev, "batch indices", numbers * sizeof *from->index, err));
	TRY(need(&b->value, d->dev, "batch values", numbers * sizeof *from->value, err));
	for (i = 0; i < rows; i++) {
		const uint64_t at = from->start[order[i]], count = start[i + 1] - start[i];

		memcpy((uint32_t *)b->index.at + start[i], from->index + at,
			count * sizeof *from->index);
		memcpy((float *)b->value.at + start[i], from->value + at,
			count * sizeof *from->value);
	}
	TRY(send(&b->start, (rows + 1) * sizeof *start, err));
	TRY(send(&b->index, numbers * sizeof *from->index, err));
	return send(&b->value, numbers * sizeof *from->value, err);
}

/* Kernels load whole tiles of targets and weights. */
static size_t target_stride(size_t rows)
{
	return rows + TILE_ROWS;
}

static gf_status take_targets(struct sparse_batch *b, const struct device_data *d,
	const uint32_t *order, size_t rows, gf_error *err)
{
	const size_t outputs = d->dataset->outputs, stride = target_stride(rows);
	const size_t bytes = d->targets * stride * sizeof(float);
	float *y;
	size_t i, k;

	TRY(need(&b->y, d->dev, "batch y", bytes, err));
	y = b->y.at;
	memset(y, 0, bytes);
	for (i = 0; i < rows; i++) {
		for (k = 0; k < outputs; k++)
			y[k * stride + i] = d->dataset->y[order[i] * outputs + k];
		if (d->dataset->offset)
			y[outputs * stride + i] = d->dataset->offset[order[i]];
	}
	return send(&b->y, bytes, err);
}

static gf_status take_weights(struct sparse_batch *b, const struct device_data *d,
	const uint32_t *order, size_t rows, gf_error *err)
{
	const size_t bytes = d->weights ? target_stride(rows) * sizeof(float) : 0;
	size_t i;

	TRY(need(&b->weights, d->dev, "batch weights", bytes, err));
	memset(b->weights.at, 0, bytes);
	for (i = 0; d->weights && i < rows; i++)
		((float *)b->weights.at)[i] = d->weights[order[i]];
	return send(&b->weights, bytes, err);
}

/* ---- batches ---- */

static gf_status fill(struct sparse_batch *b, struct device_data *d, const uint32_t *order,
	size_t rows, gf_error *err)
{
	TRY(take_rows(b, d, order, rows, err));
	TRY(take_targets(b, d, order, rows, err));
	TRY(take_weights(b, d, order, rows, err));
	sparse_columns_clear(&b->columns);
	TRY(sparse_columns_add(&b->columns, d->dataset->sparse, d->features, order, 0, rows, err));
	return device_columns_write(&b->on_device, d->dev, &b->columns, d->outputs, err);
}

gf_status sparse_batches_add(struct sparse_batches *b, struct device_data *d, const uint32_t *order,
	size_t rows, gf_error *err)
{
	struct sparse_batch *batch;

	if (b->count > 0) {
		mark_free(&last(b)->taken);
		TRY(run_mark(d->dev, &last(b)->taken, err));
	}
	b->count++;
	batch = last(b);
	TRY(mark_wait(&batch->taken, err));
	return fill(batch, d, order, rows, err);
}

struct sparse_source sparse_batches_last(const struct sparse_batches *b, size_t rows)
{
	const struct sparse_batch *batch = last(b);

	return (struct sparse_source){.start = &batch->start.buffer,
		.index = &batch->index.buffer,
		.value = &batch->value.buffer,
		.y = &batch->y.buffer,
		.weights = &batch->weights.buffer,
		.y_stride = target_stride(rows),
		.columns = &batch->on_device,
		.part = batch->columns.part};
}

static void free_array(struct sparse_array *a)
{
	free(a->at);
	buffer_free(&a->buffer);
}

void sparse_batches_free(struct sparse_batches *b)
{
	size_t i;

	for (i = 0; i < SPARSE_BATCHES; i++) {
		struct sparse_batch *batch = &b->batch[i];

		sparse_columns_free(&batch->columns);
		device_columns_free(&batch->on_device);
		free_array(&batch->start);
		free_array(&batch->index);
		free_array(&batch->value);
		free_array(&batch->y);
		free_array(&batch->weights);
		mark_free(&batch->taken);
	}
	b->count = 0;
}
