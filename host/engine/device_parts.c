/* device_parts.c: x on the device, in as many buffers as its largest allocation asks for. */
#include "cl_engine.h"
#include "catalog.h"

#include <stdlib.h>

enum { PART_UNIT = 1024 /* rows: every part begins on a page */ };

/* Rows that a part has beyond its own, so that a share that begins in it ends in it. */
static size_t rows_beyond(const struct cl_engine *e)
{
	return (size_t)e->most.blocks * BLOCK_ROWS;
}

/* What of x lies behind its rows is zeros (dataset.h), and is read with them. */
static size_t bytes_of(const struct cl_engine *e, size_t rows)
{
	return ((rows + TILE_ROWS - 1) * e->features + SUM_LANES) * sizeof(float);
}

/* Rows of a part; all of them where one allocation has room.  GF_E_UNAVAILABLE: not even a few. */
static gf_status part_rows(const struct cl_engine *e, size_t *rows, gf_error *err)
{
	const gf_dataset *data = e->problem.data;
	const size_t most = e->dev.id.info.max_alloc_bytes, row = e->features * sizeof(float);
	const size_t least = bytes_of(e, rows_beyond(e) + TILE_ROWS);
	size_t fit;

	*rows = e->tuning.part_rows ? e->tuning.part_rows : e->rows;
	if (e->tuning.part_rows || data->x_bytes <= most)
		return GF_OK;
	if (most < least)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"device %s: one allocation takes at most %zu bytes; %u features and %u "
			"outputs want one of %zu",
			e->dev.id.info.name, most, e->features, e->outputs, least);
	fit = TILE_ROWS + (most - least) / row;
	*rows = fit < PART_UNIT ? fit / TILE_ROWS * TILE_ROWS : fit / PART_UNIT * PART_UNIT;
	return GF_OK;
}

/* On a device that shares the host's memory neighbours overlap there, to be read only. */
static gf_status upload_part(struct cl_engine *e, struct part *part, gf_error *err)
{
	const gf_dataset *data = e->problem.data;
	const size_t at = part->first * e->features * sizeof(float), left = data->x_bytes - at;
	const size_t wanted = bytes_of(e, part->rows + rows_beyond(e));

	return buffer_share(&part->x, &e->dev, "x", (const char *)data->x + at,
		wanted < left ? wanted : left, err);
}

gf_status device_upload_x(struct cl_engine *e, gf_error *err)
{
	size_t rows, i;
	gf_status status = part_rows(e, &rows, err);

	if (status)
		return status;
	e->part_rows = rows;
	e->parts_count = (e->rows + rows - 1) / rows;
	e->parts = calloc(e->parts_count, sizeof *e->parts);
	if (!e->parts)
		return gf_fail_memory(err, e->parts_count * sizeof *e->parts, "parts of x");
	for (i = 0; i < e->parts_count && !status; i++) {
		e->parts[i].first = i * rows;
		e->parts[i].rows = e->rows - i * rows < rows ? e->rows - i * rows : rows;
		status = upload_part(e, &e->parts[i], err);
	}
	return status;
}

void device_free_x(struct cl_engine *e)
{
	size_t i;

	for (i = 0; e->parts && i < e->parts_count; i++)
		buffer_free(&e->parts[i].x);
	free(e->parts);
}

gf_status device_one_part(const struct cl_engine *e, gf_error *err)
{
	if (e->parts_count == 1)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"engine %s: it takes x in one allocation, and on device %s x takes %zu",
		engine_word(e->base.word), e->dev.id.info.name, e->parts_count);
}
