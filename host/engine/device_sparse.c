#include "device_sparse.h"

#include <stdlib.h>

enum { WORDS_OF_START = sizeof(uint64_t) / sizeof(float) };

/* ---- columns ---- */

/* The columns on the host, where they are needed only to be sent, or to be compared. */
static gf_status host_columns(const struct device_data *d, size_t train_rows,
	struct sparse_columns *columns, gf_error *err)
{
	return sparse_columns_new(columns, d->dataset->sparse, d->features, train_rows, err);
}

static gf_status send(struct buffer *to, struct device *dev, const char *name, const void *from,
	size_t bytes, gf_error *err)
{
	TRY(buffer_new(to, dev, name, bytes, err));
	return bytes ? run_write(to, 0, from, bytes, err) : GF_OK;
}

static gf_status send_columns(
	struct device_data *d, const struct sparse_columns *columns, gf_error *err)
{
	struct device_sparse *s = d->sparse;
	const size_t numbers = (size_t)columns->start[d->features];
	size_t j;

	s->train_numbers = numbers;
	for (j = 0; j < d->features; j++) {
		const size_t count = (size_t)(columns->start[j + 1] - columns->start[j]);

		s->column_most = count > s->column_most ? count : s->column_most;
	}
	TRY(send(&s->column_start, d->dev, "column starts", columns->start,
		(d->features + (size_t)1) * sizeof *columns->start, err));
	TRY(send(&s->column_row, d->dev, "column rows", columns->row,
		numbers * sizeof *columns->row, err));
	TRY(send(&s->column_value, d->dev, "column values", columns->value,
		numbers * sizeof *columns->value, err));
	TRY(send(
		&s->joins, d->dev, "joins", columns->joins, numbers * sizeof *columns->joins, err));
	return buffer_floats(&s->leaves, d->dev, "column leaves", numbers, err);
}

static gf_status new_columns(struct device_data *d, size_t train_rows, gf_error *err)
{
	struct sparse_columns columns = {.start = NULL};
	gf_status status = host_columns(d, train_rows, &columns, err);

	if (!status)
		status = send_columns(d, &columns, err);
	sparse_columns_free(&columns);
	return status;
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

static int has_same(
	const struct device_data *d, size_t train_rows, const struct device_data *beside)
{
	return beside && beside->sparse && beside->dataset->sparse == d->dataset->sparse &&
	       beside->sparse->train_rows == train_rows;
}

static gf_status share(struct device_data *d, const struct device_data *beside, gf_error *err)
{
	const struct device_sparse *from = beside->sparse;
	struct device_sparse *s = d->sparse;

	s->numbers = from->numbers;
	s->train_numbers = from->train_numbers;
	s->row_most = from->row_most;
	s->column_most = from->column_most;
	TRY(buffer_retain(&s->start, d->dev, &from->start, err));
	TRY(buffer_retain(&s->index, d->dev, &from->index, err));
	TRY(buffer_retain(&s->column_start, d->dev, &from->column_start, err));
	TRY(buffer_retain(&s->column_row, d->dev, &from->column_row, err));
	TRY(buffer_retain(&s->column_value, d->dev, &from->column_value, err));
	TRY(buffer_retain(&s->joins, d->dev, &from->joins, err));
	TRY(buffer_floats(&s->leaves, d->dev, "column leaves", s->train_numbers, err));
	return buffer_retain(&d->all.parts[0].x, d->dev, &beside->all.parts[0].x, err);
}

/* Loops of a work-item go through the rows of a tile, or through the numbers of a column and their
 * joins, for each output. */
static gf_status check_loops(const struct device_data *d, gf_error *err)
{
	const size_t rows = (d->sparse->row_most + SUM_LANES) * TILE_ROWS;
	const size_t column = 2 * d->sparse->column_most;
	const size_t turns = d->outputs * (rows > column ? rows : column);

	if (turns <= d->dev->loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_UNAVAILABLE,
		"device %s ends loops after %zu iterations; sparse rows with up to %zu "
		"numbers, and columns with up to %zu, take about %zu",
		d->dev->id.info.name, d->dev->loop_limit, d->sparse->row_most,
		d->sparse->column_most, turns);
}

gf_status device_sparse_new(
	struct device_data *d, size_t train_rows, const struct device_data *beside, gf_error *err)
{
	const size_t columns_of = d->dataset->outputs ? train_rows : 0;

	if (train_rows > UINT32_MAX)
		return gf_fail(err, GF_E_USAGE, "%zu sparse rows; wanted: at most %zu", train_rows,
			(size_t)UINT32_MAX);
	d->rows_used = d->rows;
	d->sparse = calloc(1, sizeof *d->sparse);
	if (!d->sparse)
		return gf_fail_memory(err, sizeof *d->sparse, "sparse rows of a device");
	d->sparse->train_rows = columns_of;
	TRY(new_part(&d->all, d->rows, err));
	if (has_same(d, columns_of, beside))
		return share(d, beside, err);
	TRY(new_rows(d, err));
	TRY(new_columns(d, columns_of, err));
	return check_loops(d, err);
}

void device_sparse_free(struct device_sparse *s)
{
	if (!s)
		return;
	buffer_free(&s->start);
	buffer_free(&s->index);
	buffer_free(&s->column_start);
	buffer_free(&s->column_row);
	buffer_free(&s->column_value);
	buffer_free(&s->joins);
	buffer_free(&s->leaves);
	free(s);
}

/* ---- read back ---- */

static gf_status audit_columns(
	struct device_data *d, const struct sparse_columns *columns, gf_error *err)
{
	struct device_sparse *s = d->sparse;

	TRY(device_same(
		&s->column_start, columns->start, (d->features + (size_t)1) * WORDS_OF_START, err));
	TRY(device_same(&s->column_row, columns->row, s->train_numbers, err));
	TRY(device_same(&s->column_value, columns->value, s->train_numbers, err));
	return device_same(&s->joins, columns->joins, 2 * s->train_numbers, err);
}

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
	struct sparse_columns columns = {.start = NULL};
	gf_status status = audit_rows(d, err);

	if (!status)
		status = host_columns(d, d->sparse->train_rows, &columns, err);
	if (!status)
		status = audit_columns(d, &columns, err);
	sparse_columns_free(&columns);
	return status;
}
