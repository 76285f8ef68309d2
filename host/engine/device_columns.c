#include "device_columns.h"
#include "device_data.h"

#include <stdlib.h>

enum { SLAB_BYTES = SUM_LANES * sizeof(float) };

/* ---- make, send and share ---- */

static gf_status make(const struct device_data *d, const struct column_rows *of,
	struct sparse_columns *columns, gf_error *err)
{
	const struct sparse_rows *from = d->dataset->sparse;
	const size_t end = of->first + of->rows;
	size_t first = of->first;

	columns->expected = (size_t)(from->start[end] - from->start[first]);
	do {
		const size_t left = end - first, rows = left < of->part ? left : of->part;

		TRY(sparse_columns_add(columns, from, d->features, NULL, first, rows, err));
		first += rows;
	} while (first < end);
	sparse_columns_finish(columns);
	return GF_OK;
}

/* Takes the columns from `from`. */
static gf_status keep(struct device_columns *c, struct sparse_columns *from, gf_error *err)
{
	struct host_columns *host = calloc(1, sizeof *host);

	if (!host)
		return gf_fail_memory(err, sizeof *host, "sparse columns");
	host->columns = *from;
	host->users = 1;
	*from = (struct sparse_columns){.parts = 0};
	c->host = host;
	c->above_stride = (host->columns.slabs - host->columns.below) * SUM_LANES;
	return GF_OK;
}

static gf_status send(struct buffer *to, struct device *dev, const char *name, const void *from,
	size_t bytes, gf_error *err)
{
	TRY(buffer_new(to, dev, name, bytes, err));
	return bytes ? run_write(to, 0, from, bytes, err) : GF_OK;
}

static gf_status send_all(struct device_columns *c, struct device *dev, gf_error *err)
{
	const struct sparse_columns *from = &c->host->columns;
	const size_t bytes = sparse_bytes(from->slabs, SLAB_BYTES);

	TRY(send(&c->bundle, dev, "column bundles", from->bundle,
		from->bundles ? (from->bundles + 1) * sizeof *from->bundle : 0, err));
	TRY(send(&c->to, dev, "places of sums", from->to, from->bundles * SLAB_BYTES, err));
	TRY(send(&c->chunk, dev, "column chunks", from->chunk, from->chunks * sizeof *from->chunk,
		err));
	TRY(buffer_share(&c->row, dev, "column rows", from->row, bytes, err));
	return buffer_share(&c->value, dev, "column values", from->value, bytes, err);
}

static gf_status new_sums(
	struct device_columns *c, struct device *dev, size_t outputs, gf_error *err)
{
	return buffer_floats(&c->above, dev, "sums of runs", outputs * c->above_stride, err);
}

/* Sends columns, and takes them: `from` is empty then. */
static gf_status send_columns(struct device_columns *c, const struct device_data *d,
	struct sparse_columns *from, gf_error *err)
{
	TRY(keep(c, from, err));
	TRY(send_all(c, d->dev, err));
	if (!d->dev->id.info.unified_memory)
		sparse_columns_drop(&c->host->columns);
	return new_sums(c, d->dev, d->outputs, err);
}

gf_status device_columns_new(struct device_columns *c, const struct device_data *d,
	const struct column_rows *of, gf_error *err)
{
	struct sparse_columns columns = {.parts = 0};
	gf_status status = make(d, of, &columns, err);

	if (!status)
		status = send_columns(c, d, &columns, err);
	sparse_columns_free(&columns);
	return status;
}

gf_status device_columns_share(struct device_columns *c, struct device *dev,
	const struct device_columns *from, size_t outputs, gf_error *err)
{
	c->host = from->host;
	c->host->users++;
	c->above_stride = from->above_stride;
	TRY(buffer_retain(&c->bundle, dev, &from->bundle, err));
	TRY(buffer_retain(&c->to, dev, &from->to, err));
	TRY(buffer_retain(&c->chunk, dev, &from->chunk, err));
	TRY(buffer_retain(&c->row, dev, &from->row, err));
	TRY(buffer_retain(&c->value, dev, &from->value, err));
	return new_sums(c, dev, outputs, err);
}

/* Makes the buffer larger if it is too small, for twice as much as is asked for. */
static gf_status write(struct buffer *to, struct device *dev, const char *name, const void *from,
	size_t bytes, gf_error *err)
{
	if (to->bytes < bytes || !to->mem) {
		buffer_free(to);
		TRY(buffer_new(to, dev, name, 2 * bytes, err));
	}
	return bytes && from ? run_write_later(to, 0, from, bytes, err) : GF_OK;
}

gf_status device_columns_write(struct device_columns *c, struct device *dev,
	const struct sparse_columns *from, size_t outputs, gf_error *err)
{
	const size_t slabs = from->slabs * SLAB_BYTES, to = from->bundles * SLAB_BYTES;

	c->above_stride = (from->slabs - from->below) * SUM_LANES;
	TRY(write(&c->bundle, dev, "batch column bundles", from->bundle,
		from->bundles ? (from->bundles + 1) * sizeof *from->bundle : 0, err));
	TRY(write(&c->to, dev, "batch places of sums", from->to, to, err));
	TRY(write(&c->chunk, dev, "batch column chunks", from->chunk,
		from->chunks * sizeof *from->chunk, err));
	TRY(write(&c->row, dev, "batch column rows", from->row, slabs, err));
	TRY(write(&c->value, dev, "batch column values", from->value, slabs, err));
	return write(&c->above, dev, "batch sums of runs", NULL,
		outputs * c->above_stride * sizeof(float), err);
}

/* ---- read back ---- */

static gf_status compare(struct device_columns *c, const struct sparse_columns *with, gf_error *err)
{
	TRY(device_same(
		&c->bundle, with->bundle, with->bundles ? 2 * (with->bundles + 1) : 0, err));
	TRY(device_same(&c->to, with->to, with->bundles * SUM_LANES, err));
	TRY(device_same(&c->chunk, with->chunk, with->chunks, err));
	TRY(device_same(&c->row, with->row, with->slabs * SUM_LANES, err));
	return device_same(&c->value, with->value, with->slabs * SUM_LANES, err);
}

gf_status device_columns_audit(struct device_columns *c, const struct device_data *d,
	const struct column_rows *of, gf_error *err)
{
	struct sparse_columns columns = {.parts = 0};
	gf_status status = make(d, of, &columns, err);

	if (!status)
		status = compare(c, &columns, err);
	sparse_columns_free(&columns);
	return status;
}

void device_columns_free(struct device_columns *c)
{
	buffer_free(&c->bundle);
	buffer_free(&c->to);
	buffer_free(&c->chunk);
	buffer_free(&c->row);
	buffer_free(&c->value);
	buffer_free(&c->above);
	if (c->host && --c->host->users == 0) {
		sparse_columns_free(&c->host->columns);
		free(c->host);
	}
	*c = (struct device_columns){.host = NULL};
}
