#include "device_columns.h"
#include "device_data.h"

#include <stdlib.h>
#include <string.h>

/* ---- send and share ---- */

static gf_status send(struct buffer *to, struct device *dev, const char *name, const void *from,
	size_t bytes, gf_error *err)
{
	TRY(buffer_new(to, dev, name, bytes, err));
	return bytes ? run_write(to, 0, from, bytes, err) : GF_OK;
}

static gf_status copy_parts(
	struct device_columns *c, const struct sparse_part *part, size_t parts, gf_error *err)
{
	const size_t bytes = parts * sizeof *part;

	c->part = malloc(bytes ? bytes : 1);
	if (!c->part)
		return gf_fail_memory(err, bytes, "parts of sparse columns");
	if (parts)
		memcpy(c->part, part, bytes);
	c->parts = parts;
	return GF_OK;
}

static gf_status new_sums(
	struct device_columns *c, struct device *dev, size_t outputs, gf_error *err)
{
	return buffer_zeros(&c->above, dev, "sums of runs", outputs * c->above_stride, err);
}

gf_status device_columns_send(struct device_columns *c, struct device *dev,
	const struct sparse_columns *from, size_t outputs, gf_error *err)
{
	const size_t lanes = SUM_LANES * sizeof(float);

	c->bundles = from->bundles;
	c->slabs = from->slabs;
	c->chunks = from->chunks;
	c->numbers = from->numbers;
	c->above_stride = (from->slabs - from->below) * SUM_LANES;
	TRY(copy_parts(c, from->part, from->parts, err));
	TRY(send(&c->bundle, dev, "column bundles", from->bundle,
		from->bundles ? (from->bundles + 1) * sizeof *from->bundle : 0, err));
	TRY(send(&c->to, dev, "places of sums", from->to, from->bundles * lanes, err));
	TRY(send(&c->row, dev, "column rows", from->row, from->slabs * lanes, err));
	TRY(send(&c->value, dev, "column values", from->value, from->slabs * lanes, err));
	TRY(send(&c->chunk, dev, "column chunks", from->chunk, from->chunks * sizeof *from->chunk,
		err));
	return new_sums(c, dev, outputs, err);
}

gf_status device_columns_share(struct device_columns *c, struct device *dev,
	const struct device_columns *from, size_t outputs, gf_error *err)
{
	c->bundles = from->bundles;
	c->slabs = from->slabs;
	c->chunks = from->chunks;
	c->numbers = from->numbers;
	c->above_stride = from->above_stride;
	TRY(copy_parts(c, from->part, from->parts, err));
	TRY(buffer_retain(&c->bundle, dev, &from->bundle, err));
	TRY(buffer_retain(&c->to, dev, &from->to, err));
	TRY(buffer_retain(&c->row, dev, &from->row, err));
	TRY(buffer_retain(&c->value, dev, &from->value, err));
	TRY(buffer_retain(&c->chunk, dev, &from->chunk, err));
	return new_sums(c, dev, outputs, err);
}

/* ---- read back ---- */

gf_status device_columns_audit(
	struct device_columns *c, const struct sparse_columns *from, gf_error *err)
{
	TRY(device_same(&c->bundle, from->bundle, c->bundles ? 2 * (c->bundles + 1) : 0, err));
	TRY(device_same(&c->to, from->to, c->bundles * SUM_LANES, err));
	TRY(device_same(&c->row, from->row, c->slabs * SUM_LANES, err));
	TRY(device_same(&c->value, from->value, c->slabs * SUM_LANES, err));
	return device_same(&c->chunk, from->chunk, c->chunks, err);
}

void device_columns_free(struct device_columns *c)
{
	buffer_free(&c->bundle);
	buffer_free(&c->to);
	buffer_free(&c->row);
	buffer_free(&c->value);
	buffer_free(&c->chunk);
	buffer_free(&c->above);
	free(c->part);
	*c = (struct device_columns){.parts = 0};
}
