#include "device_sparse.h"
#include "sparse_batches.h"
#include "sparse_shares.h"

#include <stdlib.h>

enum { WORDS_OF_START = sizeof(uint64_t) / sizeof(float) };

/* ---- columns ---- */

static struct column_rows rows_of_batches(const struct device_sparse *s)
{
	return (struct column_rows){0, s->train_rows, s->batch_size};
}

static gf_status new_columns(struct device_data *d, gf_error *err)
{
	const struct column_rows rows = rows_of_batches(d->sparse);

	return device_columns_new(&d->sparse->columns, d, &rows, err);
}

/* ---- rows ---- */

static gf_status new_part(struct device_rows *all, size_t rows, gf_error *err)
{
	all->parts = calloc(1, sizeof *all->parts);
	if (!all->parts)
		return gf_fail_memory(err, sizeof *all->parts, "parts of x");
	all->parts_count = 1;
	all->part_rows = all->parts[0].rows = rows;
	return GF_OK;
}

static gf_status new_rows(struct device_data *d, gf_error *err)
{
	const struct sparse_rows *from = d->dataset->sparse;
	struct device_sparse *s = d->sparse;
	const size_t numbers = sparse_numbers(from);
	size_t i;

	s->numbers = numbers;
	for (i = 0; i < from->rows; i++) {
		const size_t count = sparse_count(from, i);

		s->row_most = count > s->row_most ? count : s->row_most;
	}
	TRY(buffer_share(&s->start, d->dev, "row starts", from->start,
		sparse_bytes(from->rows + 1, sizeof *from->start), err));
	TRY(buffer_share(&s->index, d->dev, "row indices", from->index,
		sparse_bytes(numbers, sizeof *from->index), err));
	return buffer_share(&d->all.parts[0].x, d->dev, "x", from->value,
		sparse_bytes(numbers, sizeof *from->value), err);
}

/* ---- new and free ---- */

static int has_same(const struct device_data *d, const struct device_data *beside)
{
	const struct device_sparse *s = d->sparse;

	return beside && beside->sparse && beside->dataset->sparse == d->dataset->sparse &&
	       beside->sparse->train_rows == s->train_rows &&
	       beside->sparse->batch_size == s->batch_size;
}

static gf_status share(struct device_data *d, const struct device_data *beside, gf_error *err)
{
	const struct device_sparse *from = beside->sparse;
	struct device_sparse *s = d->sparse;

	s->numbers = from->numbers;
	s->row_most = from->row_most;
	TRY(buffer_retain(&s->start, d->dev, &from->start, err));
	TRY(buffer_retain(&s->index, d->dev, &from->index, err));
	if (from->columns.host)
		TRY(device_columns_share(&s->columns, d->dev, &from->columns, d->outputs, err));
	return buffer_retain(&d->all.parts[0].x, d->dev, &beside->all.parts[0].x, err);
}

/* A work-item goes through the numbers of the rows of a tile, for each output. */
static gf_status check_loops(const struct device_data *d, gf_error *err)
{
	const size_t turns = d->outputs * (d->sparse->row_most + SUM_LANES) * TILE_ROWS;

	if (turns <= d->dev->loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_UNAVAILABLE,
		"device %s ends loops after %zu iterations; sparse rows with up to %zu numbers "
		"take about %zu",
		d->dev->id.info.name, d->dev->loop_limit, d->sparse->row_most, turns);
}

gf_status device_sparse_new(struct device_data *d, const struct problem *problem, int has_ranks,
	const struct device_data *beside, gf_error *err)
{
	const size_t train_rows = problem->train_rows;
	const int whole = problem->batch_size == train_rows && !has_ranks;

	if (train_rows > INT32_MAX)
		return gf_fail(err, GF_E_USAGE, "%zu sparse rows; wanted: at most %zu", train_rows,
			(size_t)INT32_MAX);
	d->rows_used = d->rows;
	d->sparse = calloc(1, sizeof *d->sparse);
	if (!d->sparse)
		return gf_fail_memory(err, sizeof *d->sparse, "sparse rows of a device");
	d->sparse->train_rows = d->dataset->outputs ? train_rows : 0;
	d->sparse->batch_size = problem->batch_size;
	TRY(new_part(&d->all, d->rows, err));
	if (has_same(d, beside))
		return share(d, beside, err);
	TRY(new_rows(d, err));
	if (whole && d->sparse->train_rows)
		TRY(new_columns(d, err));
	return check_loops(d, err);
}

void device_sparse_free(struct device_sparse *s)
{
	if (!s)
		return;
	buffer_free(&s->start);
	buffer_free(&s->index);
	device_columns_free(&s->columns);
	if (s->batches)
		sparse_batches_free(s->batches);
	free(s->batches);
	sparse_shares_free(s->shares);
	free(s);
}

/* ---- rows of a step ---- */

gf_status device_sparse_gather(
	struct device_data *d, const uint32_t *order, size_t rows, gf_error *err)
{
	struct device_sparse *s = d->sparse;

	if (!s->batches)
		s->batches = calloc(1, sizeof *s->batches);
	if (!s->batches)
		return gf_fail_memory(err, sizeof *s->batches, "batches of sparse rows");
	return sparse_batches_add(s->batches, d, order, rows, err);
}

/* Returns the source of rows of the dataset from that one on, without columns. */
static struct sparse_source source_from(struct device_data *d, size_t first)
{
	return (struct sparse_source){.start = &d->sparse->start,
		.index = &d->sparse->index,
		.value = &d->all.parts[0].x,
		.y = &d->all.y,
		.weights = &d->all.weights,
		.y_stride = d->all.y_stride,
		.first = first};
}

gf_status device_sparse_find(struct device_data *d, size_t first, size_t rows, int gathered,
	int with_columns, struct sparse_source *source, gf_error *err)
{
	struct device_sparse *s = d->sparse;

	if (gathered) {
		*source = sparse_batches_last(s->batches, rows);
		return GF_OK;
	}
	*source = source_from(d, first);
	if (!with_columns)
		return GF_OK;
	if (!s->columns.host)
		TRY(new_columns(d, err));
	source->columns = &s->columns;
	source->part = &s->columns.host->columns.part[first / s->batch_size];
	return GF_OK;
}

gf_status device_sparse_share(struct device_data *d, size_t first, size_t rows,
	struct sparse_source *source, gf_error *err)
{
	struct device_sparse *s = d->sparse;
	const struct sparse_share *share;

	if (!s->shares)
		s->shares = calloc(1, sizeof *s->shares);
	if (!s->shares)
		return gf_fail_memory(err, sizeof *s->shares, "columns of a rank's rows");
	TRY(sparse_shares_find(s->shares, d, first, rows, &share, err));
	*source = source_from(d, first);
	source->columns = &share->columns;
	source->part = share->columns.host->columns.part;
	return GF_OK;
}

/* ---- read back ---- */

static gf_status audit_rows(struct device_data *d, gf_error *err)
{
	const struct sparse_rows *rows = d->dataset->sparse;

	/* With unified memory the buffers are the host's own memory. */
	if (d->dev->id.info.unified_memory)
		return GF_OK;
	TRY(device_same(&d->sparse->start, rows->start, (rows->rows + 1) * WORDS_OF_START, err));
	TRY(device_same(&d->sparse->index, rows->index, d->sparse->numbers, err));
	return device_same(&d->all.parts[0].x, rows->value, d->sparse->numbers, err);
}

gf_status device_sparse_audit(struct device_data *d, gf_error *err)
{
	struct device_sparse *s = d->sparse;
	const struct column_rows rows = rows_of_batches(s);

	TRY(audit_rows(d, err));
	if (s->columns.host)
		TRY(device_columns_audit(&s->columns, d, &rows, err));
	return s->shares ? sparse_shares_audit(s->shares, d, err) : GF_OK;
}
