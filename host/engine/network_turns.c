/*
 * network_turns.c: the turns that all loops of a work-item of a network's kernels take, at most,
 * for devices that end loops after so many: Mesa's llvmpipe.
 *
 * The counts follow the loops of kernels/network_rows.cl and network_sums.cl, or of those for GPUs,
 * and leave out what is done a few times for each layer.
 */
#include "cl_engine.h"

/* ---- on GPUs: kernels/gpu_dense.cl ---- */

enum { SIDE = 64, SLICE = 16, POSITIONS = 256, LEAVES = 16 };

/* Returns the turns in which a work-group of the tuning takes that many numbers. */
static size_t group_turns(const struct cl_engine *e, size_t numbers)
{
	return parts_of(numbers, e->tuning.local ? e->tuning.local : POSITIONS);
}

static size_t product_turns(const struct cl_engine *e, size_t sums, size_t terms)
{
	const size_t turns = group_turns(e, POSITIONS), slice = SLICE + 2 * turns;

	return parts_of(sums, SIDE) * turns * parts_of(terms, SLICE) * slice;
}

static size_t gpu_layer_turns(const struct cl_engine *e, const struct layer *layer)
{
	return product_turns(e, layer->outputs, layer->inputs) +
	       product_turns(e, layer->inputs, layer->outputs) +
	       group_turns(e, layer->outputs * BLOCK_ROWS);
}

/* One loop adds the lanes of a leaf to the tree, another one reads them. */
static size_t gpu_sums_turns(const struct cl_engine *e, size_t blocks)
{
	const size_t weights = product_turns(e, SIDE, blocks * BLOCK_ROWS);
	const size_t leaves = parts_of(blocks, LEAVES), lanes = group_turns(e, POSITIONS);
	const size_t pushes = group_turns(e, SUM_LANES) * 3 * LEAVES;

	return weights + leaves * (lanes * BLOCK_ROWS + pushes) +
	       leaves * e->outputs * (lanes * BLOCK_ROWS / SUM_LANES + pushes);
}

/* ---- on CPUs: kernels/dense.cl ---- */

enum { PANEL = 6, PANELS_LEFT = 4 };

static size_t panels(size_t sums)
{
	return sums / PANEL + PANELS_LEFT;
}

static size_t cpu_layer_turns(const struct layer *layer)
{
	return panels(layer->outputs) * layer->inputs + panels(layer->inputs) * layer->outputs +
	       2 * layer->outputs + (TILE_ROWS + 1) * layer->inputs;
}

/* Of an item; biases have a loop over outputs in that over rows. */
static size_t cpu_sums_turns(const struct cl_engine *e, size_t blocks)
{
	const size_t lanes = SUM_LANES, rows = BLOCK_ROWS;

	return blocks * (panels(e->variant.item_outputs) * (rows + lanes) + rows * lanes +
				e->outputs * lanes);
}

/* ---- both ---- */

static size_t rows_turns(const struct cl_engine *e)
{
	const int by_group = e->variant.kernels->by_work_group;
	const size_t read = by_group ? 2 * group_turns(e, (size_t)e->features * BLOCK_ROWS)
				     : (size_t)e->features * TILE_ROWS;
	size_t l, turns = read + 4 * (size_t)e->outputs;

	for (l = 0; l < e->network.count; l++)
		turns += by_group ? gpu_layer_turns(e, &e->network.layers[l])
				  : cpu_layer_turns(&e->network.layers[l]);
	return turns;
}

size_t network_turns(const struct cl_engine *e, size_t rows)
{
	const size_t tile = rows_turns(e), blocks = block_count(rows);
	const size_t sums = e->variant.kernels->by_work_group ? gpu_sums_turns(e, blocks)
							      : cpu_sums_turns(e, blocks);

	return tile > sums ? tile : sums;
}

size_t network_step_turns(const struct cl_engine *e)
{
	const size_t blocks = block_count(e->problem.batch_size);
	const size_t tiles = BLOCK_ROWS / TILE_ROWS * blocks;
	const size_t items = network_items(e) - 1;

	return tiles * rows_turns(e) + items * cpu_sums_turns(e, blocks) +
	       (4 + (size_t)e->planes) * e->parameters;
}

/* `network_rows` has a product of each weight and row forward, and one back. */
int network_ends_in_time(const struct cl_engine *e, size_t rows)
{
	const double work = 2.0 * (double)rows * (double)e->parameters;

	return work <= variant_launch_work(&e->dev) && network_turns(e, rows) <= e->dev.loop_limit;
}

gf_status network_check_turns(const struct cl_engine *e, size_t rows, gf_error *err)
{
	const size_t turns = network_turns(e, rows);

	if (e->base.word == GF_ENGINE_resident || turns <= e->dev.loop_limit)
		return GF_OK;
	return gf_fail(err, GF_E_UNAVAILABLE,
		"device %s ends loops after %zu iterations; a network of %u parameters takes about "
		"%zu",
		e->dev.id.info.name, e->dev.loop_limit, e->parameters, turns);
}
