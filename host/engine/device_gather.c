/* device_gather.c: rows of the order side by side: one batch, or those of many steps. */
#include "cl_engine.h"

enum { GATHERED_FLOATS = 8192 /* of x to a work-item */ };

gf_status device_need_batch(struct cl_engine *e, gf_error *err)
{
	const size_t rows = e->batch_rows;
	gf_status status = GF_OK;

	if (e->gx.mem)
		return GF_OK;
	if (e->problem.weights)
		status = cl_engine_zeros(e, &e->gw, "batch weights", rows + TILE_ROWS, err);
	if (!status)
		status =
			cl_engine_zeros(e, &e->gy, "batch y", e->targets * e->gathered_stride, err);
	if (!status)
		status = cl_engine_zeros(
			e, &e->gx, "batch x", (rows + TILE_ROWS) * e->features + SUM_LANES, err);
	return status;
}

/* Rows to a work-item. */
static cl_uint rows_each(const struct cl_engine *e)
{
	const size_t fit = GATHERED_FLOATS / e->features;

	return (cl_uint)(fit < 1 ? 1 : fit > 256 ? 256 : fit);
}

static size_t items_of(const struct cl_engine *e, size_t count)
{
	const size_t each = rows_each(e);

	return e->family->by_group ? count * e->sum_order.lanes : (count + each - 1) / each;
}

/* Those of one part of x. */
static gf_status gather_part(struct cl_engine *e, const struct part *part, cl_ulong first,
	cl_ulong count, size_t items, gf_error *err)
{
	const cl_uint each = rows_each(e);
	const struct buffer *order = e->order.mem ? &e->order : &e->none;
	const struct buffer *gw = e->problem.weights ? &e->gw : &e->none;
	const struct kernel_arg args[] = {ARG_MEM(*order), ARG_MEM(part->x), ARG_MEM(e->y),
		ARG_MEM(e->weights), ARG_MEM(e->gx), ARG_MEM(e->gy), ARG_MEM(*gw), ARG(e->y_stride),
		ARG(e->gathered_stride), ARG(e->features), ARG(e->targets), ARG(first), ARG(count),
		ARG(part->first), ARG(part->rows), ARG(each)};

	return run_launch(&e->gather, ARGS(args), items, 2 * pass_row_bytes(e, count), err);
}

gf_status device_gather(struct cl_engine *e, size_t first, size_t count, gf_error *err)
{
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < e->parts_count && !status; i++)
		status = gather_part(e, &e->parts[i], first, count, items_of(e, count), err);
	return status;
}

gf_status device_gather_none(struct cl_engine *e, gf_error *err)
{
	return gather_part(e, &e->parts[0], 0, 0, items_of(e, e->batch_rows), err);
}
