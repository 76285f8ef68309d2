/* device_x.c: x on a device, in as many parts as its allocations take. */
#include "device_data.h"
#include "device_ring.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

enum { PART_UNIT = 1024 /* rows: every part begins on a page */ };

/* x has zeros behind its last row (dataset.h), which kernels read with the rows. */
static size_t bytes_of(const struct device_data *d, size_t rows)
{
	return ((rows + TILE_ROWS - 1) * d->features + SUM_LANES) * sizeof(float);
}

/* Returns the bytes of all rows and the zeros behind them. */
static size_t bytes_in_all(const struct device_data *d)
{
	return d->dataset->borrows_x ? bytes_of(d, d->rows) : d->dataset->x_bytes;
}

/* Sets *rows to the rows of a part: all rows if one allocation has room for them.
 * GF_E_UNAVAILABLE: one allocation has no room even for a few rows. */
static gf_status choose_part_rows(const struct device_data *d, size_t *rows, gf_error *err)
{
	const size_t most = d->dev->id.info.max_alloc_bytes, row = d->features * sizeof(float);
	const size_t least = bytes_of(d, d->rows_beyond + TILE_ROWS);
	size_t fit;

	*rows = d->rows;
	if (bytes_in_all(d) <= most)
		return GF_OK;
	if (most < least)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"device %s: one allocation takes at most %zu bytes; %u features and %zu "
			"outputs want one of %zu",
			d->dev->id.info.name, most, d->features, d->outputs, least);
	fit = TILE_ROWS + (most - least) / row;
	*rows = fit < PART_UNIT ? fit / TILE_ROWS * TILE_ROWS : fit / PART_UNIT * PART_UNIT;
	return GF_OK;
}

/* Copies an x that the dataset borrows, for a device that shares the host's memory. */
static gf_status pad_x(struct device_data *d, gf_error *err)
{
	const size_t bytes = bytes_of(d, d->rows), used = d->dataset->x_bytes;

	if (!d->dataset->borrows_x || !d->dev->id.info.unified_memory)
		return GF_OK;
	d->padded = calloc(1, sizeof *d->padded);
	if (d->padded)
		d->padded->at = pages_alloc(bytes);
	if (!d->padded || !d->padded->at) {
		free(d->padded);
		d->padded = NULL;
		return gf_fail_memory(err, bytes, "a copy of x");
	}
	d->padded->users = 1;
	memcpy(d->padded->at, d->dataset->x, used);
	memset((char *)d->padded->at + used, 0, bytes - used);
	return GF_OK;
}

void device_x_unpad(struct padded_x *padded)
{
	if (!padded || --padded->users)
		return;
	free(padded->at);
	free(padded);
}

/* Uploads the rows of an x that the dataset borrows, with zeros behind them up to `bytes`. */
static gf_status upload_borrowed(
	struct device_data *d, struct x_part *part, size_t at, size_t bytes, gf_error *err)
{
	const size_t left = d->dataset->x_bytes - at;

	TRY(buffer_zeros(&part->x, d->dev, "x", bytes / sizeof(float), err));
	return run_write(
		&part->x, 0, (const char *)d->dataset->x + at, left < bytes ? left : bytes, err);
}

/* On a device that shares the host's memory the parts overlap; they are only read. */
static gf_status upload_part(struct device_data *d, struct x_part *part, gf_error *err)
{
	const char *x = (const char *)(d->padded ? d->padded->at : d->dataset->x);
	const size_t at = part->first * d->features * sizeof(float), left = bytes_in_all(d) - at;
	const size_t wanted = bytes_of(d, part->rows + d->rows_beyond);
	const size_t bytes = wanted < left ? wanted : left;

	if (d->dataset->borrows_x && !d->padded)
		return upload_borrowed(d, part, at, bytes, err);
	return buffer_share(&part->x, d->dev, "x", x + at, bytes, err);
}

/* Returns 1 if the parts of x of `beside` are those that d would have, or longer ones. */
static int has_same_x(const struct device_data *d, const struct device_data *beside)
{
	return beside && beside->dataset->x == d->dataset->x && beside->rows == d->rows &&
	       beside->features == d->features && beside->part_rows_wanted == d->part_rows_wanted &&
	       (beside->all.parts_count == 1 || beside->rows_beyond >= d->rows_beyond);
}

/* Returns 1 if the ring of `beside` has parts of whole units, and rows enough. */
static int has_same_ring(const struct device_data *d, const struct device_data *beside,
	const struct tuning *tuning, size_t unit_rows)
{
	return has_same_x(d, beside) && beside->ring && beside->all.part_rows % unit_rows == 0 &&
	       ring_rows(beside) >= tuning->ring_rows;
}

static gf_status new_parts(struct device_rows *all, size_t part_rows, size_t count, gf_error *err)
{
	all->part_rows = part_rows;
	all->parts_count = count;
	all->parts = calloc(count, sizeof *all->parts);
	return all->parts ? GF_OK : gf_fail_memory(err, count * sizeof *all->parts, "parts of x");
}

static gf_status share_x(struct device_data *d, const struct device_data *beside, gf_error *err)
{
	const struct device_rows *from = &beside->all;
	size_t i;

	TRY(new_parts(&d->all, from->part_rows, from->parts_count, err));
	d->padded = beside->padded;
	if (d->padded)
		d->padded->users++;
	for (i = 0; i < from->parts_count; i++) {
		d->all.parts[i].first = from->parts[i].first;
		d->all.parts[i].rows = from->parts[i].rows;
		TRY(buffer_retain(&d->all.parts[i].x, d->dev, &from->parts[i].x, err));
	}
	return GF_OK;
}

static gf_status upload_x(struct device_data *d, gf_error *err)
{
	struct device_rows *all = &d->all;
	size_t i, rows = d->part_rows_wanted;

	TRY(pad_x(d, err));
	if (!rows)
		TRY(choose_part_rows(d, &rows, err));
	TRY(new_parts(all, rows, (d->rows + rows - 1) / rows, err));
	for (i = 0; i < all->parts_count; i++) {
		const size_t first = i * all->part_rows, left = d->rows - first;

		all->parts[i].first = first;
		all->parts[i].rows = left < all->part_rows ? left : all->part_rows;
		TRY(upload_part(d, &all->parts[i], err));
	}
	return GF_OK;
}

gf_status device_x_new(struct device_data *d, const struct tuning *tuning, size_t unit_rows,
	const struct device_data *beside, gf_error *err)
{
	d->rows_used = d->rows;
	if (tuning->ring_slots && has_same_ring(d, beside, tuning, unit_rows)) {
		ring_share(d, beside);
		return GF_OK;
	}
	if (tuning->ring_slots)
		return ring_new(d, tuning, unit_rows, err);
	return has_same_x(d, beside) && !beside->ring ? share_x(d, beside, err) : upload_x(d, err);
}

/* ---- parts for kernels ---- */

gf_status device_data_part(struct device_data *d, const struct device_rows *rows, size_t row,
	size_t beyond, struct x_part *part, gf_error *err)
{
	if (d->ring && rows == &d->all)
		return ring_take(d, row, beyond, part, err);
	*part = rows->parts[row / rows->part_rows];
	return GF_OK;
}

int device_data_backward(
	const struct device_data *d, const struct device_rows *rows, size_t first, size_t count)
{
	return d->ring && rows == &d->all && count > 0 && !ring_has(d, first) &&
	       ring_has(d, first + count - 1);
}

/* ---- after the host has changed x, and to check it ---- */

/* Returns the bytes of the part that the dataset has for the rows in use: of all rows with the
 * zeros behind them, unless x is borrowed. */
static size_t used_bytes(const struct device_data *d, const struct x_part *part)
{
	const size_t used = (d->rows_used - part->first) * d->features * sizeof(float);

	if (d->rows_used == d->rows && !d->dataset->borrows_x)
		return part->x.bytes;
	return used < part->x.bytes ? used : part->x.bytes;
}

static const char *x_of(const struct device_data *d, const struct x_part *part)
{
	return (const char *)(d->dataset->x + part->first * d->features);
}

/* A device that uses the host's memory in place has to be told of the change by a write of it to
 * itself, as OpenCL describes at clEnqueueWriteBuffer. */
gf_status device_x_refill(struct device_data *d, size_t rows, gf_error *err)
{
	size_t i;

	d->rows_used = rows;
	if (d->ring)
		return ring_forget(d, err);
	for (i = 0; i < d->all.parts_count && d->all.parts[i].first < rows; i++) {
		struct x_part *part = &d->all.parts[i];

		TRY(run_write_later(&part->x, 0, x_of(d, part), used_bytes(d, part), err));
	}
	return GF_OK;
}

gf_status device_x_audit(struct device_data *d, gf_error *err)
{
	size_t i;

	if (d->ring)
		return ring_audit(d, err);
	/* With unified memory the buffers are the host's own memory. */
	if (d->dev->id.info.unified_memory)
		return GF_OK;
	for (i = 0; i < d->all.parts_count && d->all.parts[i].first < d->rows_used; i++) {
		struct x_part *part = &d->all.parts[i];

		TRY(device_same(&part->x, x_of(d, part), used_bytes(d, part) / sizeof(float), err));
	}
	return GF_OK;
}
