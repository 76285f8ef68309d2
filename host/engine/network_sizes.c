/*
 * network_sizes.c: how a network's rows are cut into chunks, and these into parts, and what they
 * take in memory: kernels/network.cl.
 */
#include "network_pass.h"
#include "device_ring.h"

#include <stdlib.h>

static size_t vectors(size_t numbers)
{
	return whole_vectors(numbers) / SUM_LANES;
}

/* Returns the numbers that a tile has for each of its rows. */
static size_t tile_units(const struct cl_engine *e)
{
	const size_t K = e->outputs;
	size_t l, units = K;

	for (l = 0; l < e->network.count; l++)
		units += e->network.layers[l].inputs + e->network.layers[l].outputs;
	if (e->problem.loss == GF_LOSS_cross_entropy)
		units += SOFTMAX_VALUES(K);
	return units | 1;
}

/* Returns the floats of a work-group's stack (kernels/gpu_network_sums.cl). */
static size_t stack_floats(const struct cl_engine *e)
{
	const size_t fours = e->network_pass->part_rows / BLOCK_ROWS / 4;

	return (fours ? tree_levels(fours) + 1 : 0) * GROUP_ITEMS * SUM_LANES;
}

/* On CPUs a strip is a vector for each row of a chunk. */
static size_t strip_floats(const struct cl_engine *e)
{
	const struct network_pass *n = e->network_pass;
	size_t l, strips = 0;

	if (e->variant.kernels->by_work_group)
		return n->items * n->room / n->part_rows * stack_floats(e);
	for (l = 0; l < e->network.count; l++)
		strips += vectors(e->network.layers[l].inputs);
	return strips * n->room * SUM_LANES;
}

size_t network_items(const struct cl_engine *e)
{
	size_t l, items = 1;

	for (l = 0; l < e->network.count; l++) {
		const struct layer *layer = &e->network.layers[l];
		const size_t groups = parts_of(layer->outputs, e->variant.item_outputs);

		items += parts_of(layer->inputs, e->variant.item_inputs) * groups +
			 vectors(layer->outputs);
	}
	return items;
}

static size_t parameter_rows(const struct cl_engine *e)
{
	size_t l, rows = 0;

	for (l = 0; l < e->network.count; l++)
		rows += e->network.layers[l].outputs + 1;
	return rows;
}

/* Bytes of a chunk's tiles that stay in the caches of most processors.  A GPU is faster with rows
 * for all of its work-groups at once. */
enum { CHUNK_BYTES = 8 << 20, CHUNK_BYTES_GPU = 256 << 20 };

/* Returns 1 if a chunk of so many rows can be read from one buffer. */
static int room_in_ring(const struct cl_engine *e, size_t rows)
{
	return !e->tuning.ring_slots || rows <= ring_chunk_rows(&e->tuning);
}

/* Returns the rows of a chunk: as many as stay in caches, at most those of a batch, and that a
 * work-item stacks; one that takes whole steps takes all of them that it stacks. */
static size_t chunk_rows(const struct cl_engine *e)
{
	const size_t row = tile_units(e) * sizeof(float), batch = e->problem.batch_size;
	const size_t wanted = e->variant.kernels->by_work_group ? CHUNK_BYTES_GPU : CHUNK_BYTES;
	const size_t one = e->dev.id.info.max_alloc_bytes, most = wanted < one ? wanted : one;
	const int resident = e->base.word == GF_ENGINE_resident;
	const size_t highest = (size_t)STACK_BLOCKS * BLOCK_ROWS;
	size_t room = BLOCK_ROWS;

	if (e->tuning.blocks && !resident) {
		room = e->tuning.blocks < STACK_BLOCKS ? e->tuning.blocks * BLOCK_ROWS : highest;
		while (!room_in_ring(e, room))
			room /= 2;
		return room;
	}
	while (room < batch && room < highest && room_in_ring(e, 2 * room) &&
		(resident || (2 * room * row <= most && network_ends_in_time(e, 2 * room))))
		room *= 2;
	return room;
}

/* Work-groups that keep a GPU's compute unit busy, and rows that do so with a group. */
enum { UNIT_GROUPS = 8, GROUP_ROWS = 1024 };

/* Returns the rows of a part: on GPUs the items of the second phase may be too few, so work-groups
 * share the rows, as long as their nodes take little memory beside the tiles. */
static size_t part_rows(const struct cl_engine *e)
{
	const struct network_pass *n = e->network_pass;
	const size_t wanted = e->dev.id.info.compute_units * UNIT_GROUPS;
	size_t parts = 1;

	if (!e->variant.kernels->by_work_group)
		return n->room;
	while (2 * parts <= FOLD_RUN && 2 * parts * n->items <= wanted &&
		n->room / parts > GROUP_ROWS && 8 * parts * n->node <= n->room * tile_units(e))
		parts *= 2;
	return n->room / parts;
}

gf_status network_sizes(struct cl_engine *e, gf_error *err)
{
	struct network_pass *n = calloc(1, sizeof *n);

	if (!n)
		return gf_fail_memory(err, sizeof *n, "a pass of a network");
	e->network_pass = n;
	n->room = chunk_rows(e);
	n->node = e->plane + (size_t)e->outputs * SUM_LANES;
	n->items = network_items(e);
	n->part_rows = part_rows(e);
	n->tile_floats = n->room * tile_units(e);
	n->strip_floats = strip_floats(e);
	n->parameter_rows = parameter_rows(e);
	n->loss_number = pass_loss_number(&e->problem);
	if (e->base.word == GF_ENGINE_resident && n->room < e->problem.batch_size)
		return gf_fail(err, GF_E_USAGE,
			"engine resident: batches of %zu rows; with hidden layers at most %zu",
			e->problem.batch_size, n->room);
	return network_check_turns(e, n->part_rows, err);
}
