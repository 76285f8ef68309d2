/* board_parts.c: x on the device, in as many buffers as its largest allocation asks for. */
#include "board.h"
#include "catalog.h"

#include <stdlib.h>

enum { PART_UNIT = 1024 /* rows: every part begins on a page */ };

/* Rows that a part has beyond its own, so that a share that begins in it ends in it. */
static size_t rows_beyond(const struct board *b)
{
	return (size_t)b->most.blocks * GRID_BLOCK;
}

/* What of x lies behind its rows is zeros (dataset.h), and is read with them. */
static size_t bytes_of(const struct board *b, size_t rows)
{
	return ((rows + TILE_ROWS - 1) * b->features + TILE_LANES) * sizeof(float);
}

/* Rows of a part; all of them where one allocation has room.  GF_E_UNAVAILABLE: not even a few. */
static gf_status part_rows(const struct board *b, size_t *rows, gf_error *err)
{
	const gf_dataset *data = b->problem.data;
	const size_t most = b->dev.id.info.max_alloc_bytes, row = b->features * sizeof(float);
	const size_t least = bytes_of(b, rows_beyond(b) + GRID_TILE);
	size_t fit;

	*rows = b->tuning.part_rows ? b->tuning.part_rows : b->rows;
	if (b->tuning.part_rows || data->x_bytes <= most)
		return GF_OK;
	if (most < least)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"device %s: one allocation takes at most %zu bytes; %u features and %u "
			"outputs want one of %zu",
			b->dev.id.info.name, most, b->features, b->outputs, least);
	fit = GRID_TILE + (most - least) / row;
	*rows = fit < PART_UNIT ? fit / GRID_TILE * GRID_TILE : fit / PART_UNIT * PART_UNIT;
	return GF_OK;
}

/* On a device that shares the host's memory neighbours overlap there, to be read only. */
static gf_status upload_part(struct board *b, struct part *part, gf_error *err)
{
	const gf_dataset *data = b->problem.data;
	const size_t at = part->first * b->features * sizeof(float), left = data->x_bytes - at;
	const size_t wanted = bytes_of(b, part->rows + rows_beyond(b));

	return buffer_share(&part->x, &b->dev, "x", (const char *)data->x + at,
		wanted < left ? wanted : left, err);
}

gf_status board_upload_x(struct board *b, gf_error *err)
{
	size_t rows, i;
	gf_status status = part_rows(b, &rows, err);

	if (status)
		return status;
	b->part_rows = rows;
	b->parts_count = (b->rows + rows - 1) / rows;
	b->parts = calloc(b->parts_count, sizeof *b->parts);
	if (!b->parts)
		return gf_fail_memory(err, b->parts_count * sizeof *b->parts, "parts of x");
	for (i = 0; i < b->parts_count && !status; i++) {
		b->parts[i].first = i * rows;
		b->parts[i].rows = b->rows - i * rows < rows ? b->rows - i * rows : rows;
		status = upload_part(b, &b->parts[i], err);
	}
	return status;
}

void board_free_x(struct board *b)
{
	size_t i;

	for (i = 0; b->parts && i < b->parts_count; i++)
		buffer_free(&b->parts[i].x);
	free(b->parts);
}

gf_status board_one_part(const struct board *b, gf_error *err)
{
	if (b->parts_count == 1)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"engine %s: it takes x in one allocation, and on device %s x takes %zu",
		engine_word(b->base.word), b->dev.id.info.name, b->parts_count);
}
