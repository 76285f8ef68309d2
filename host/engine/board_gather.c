/* board_gather.c: rows of the order side by side: one batch, or those of many steps. */
#include "board.h"

enum { GATHERED_FLOATS = 8192 /* of x to a work-item */ };

gf_status board_need_batch(struct board *b, gf_error *err)
{
	const size_t rows = b->batch_rows;
	gf_status status = GF_OK;

	if (b->gx.mem)
		return GF_OK;
	if (b->problem.weights)
		status = board_zeros(b, &b->gw, "batch weights", rows + GRID_TILE, err);
	if (!status)
		status = board_zeros(b, &b->gy, "batch y", b->targets * b->gathered_stride, err);
	if (!status)
		status = board_zeros(
			b, &b->gx, "batch x", (rows + GRID_TILE) * b->features + GRID_LANES, err);
	return status;
}

/* Rows to a work-item. */
static cl_uint rows_each(const struct board *b)
{
	const size_t fit = GATHERED_FLOATS / b->features;

	return (cl_uint)(fit < 1 ? 1 : fit > 256 ? 256 : fit);
}

static size_t items_of(const struct board *b, size_t count)
{
	const size_t each = rows_each(b);

	return b->family->by_group ? count * b->grid.lanes : (count + each - 1) / each;
}

/* Those of one part of x. */
static gf_status gather_part(struct board *b, const struct part *part, cl_ulong first,
	cl_ulong count, size_t items, gf_error *err)
{
	const cl_uint each = rows_each(b);
	const struct buffer *order = b->order.mem ? &b->order : &b->none;
	const struct buffer *gw = b->problem.weights ? &b->gw : &b->none;
	const struct kernel_arg args[] = {ARG_MEM(*order), ARG_MEM(part->x), ARG_MEM(b->y),
		ARG_MEM(b->weights), ARG_MEM(b->gx), ARG_MEM(b->gy), ARG_MEM(*gw), ARG(b->y_stride),
		ARG(b->gathered_stride), ARG(b->features), ARG(b->targets), ARG(first), ARG(count),
		ARG(part->first), ARG(part->rows), ARG(each)};

	return run_launch(&b->gather, args, sizeof args / sizeof *args, items,
		2 * board_row_bytes(b, count), err);
}

gf_status board_gather(struct board *b, size_t first, size_t count, gf_error *err)
{
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < b->parts_count && !status; i++)
		status = gather_part(b, &b->parts[i], first, count, items_of(b, count), err);
	return status;
}

gf_status board_gather_none(struct board *b, gf_error *err)
{
	return gather_part(b, &b->parts[0], 0, 0, items_of(b, b->batch_rows), err);
}
