/*
 * chunks.c: cuts the rows of a pass into chunks, and the chunks into waves and launches.
 *
 *	D features, K outputs, C chunks of a row's lanes
 *
 * No cut changes a bit: a chunk is an aligned subtree of the order of sums, and so are the chunks
 * of a wave that `fold` makes into one node.
 */
#include "device_ring.h"
#include "sum_order.h"
#include "variant.h"

#include <math.h>

/* ---- sizes ---- */

size_t variant_node_vectors(const struct problem *problem)
{
	return problem->outputs * (sum_order_of(problem->data->features).chunks + 2);
}

size_t variant_scratch_vectors(const struct variant *v, const struct problem *problem)
{
	if (problem->loss != GF_LOSS_cross_entropy)
		return 0;
	return v->softmax_rows / TILE_ROWS * SOFTMAX_VALUES(problem->outputs);
}

static double vector_bytes(size_t vectors)
{
	return (double)vectors * SUM_LANES * sizeof(float);
}

/* The gpu kernels keep a node for each level of each chunk: at most this part of the device's
 * memory, unless one chunk takes more. */
enum { MEMORY_PARTS = 16 };

/* Returns the bytes that the nodes and the scratch memory of a wave may take. */
static double wave_room(const struct variant *v, const struct device *dev)
{
	const double one = (double)dev->id.info.max_alloc_bytes;
	const double part = (double)dev->id.info.memory_bytes / MEMORY_PARTS;

	return v->kernels->stacks_beside_x ? one : fmin(one, part);
}

/* ---- time ---- */

/* Multiply-adds of a launch for each compute unit: 0.05 s of one unit of an H100 that does 10e9 of
 * them a second, and about 1 s of a unit of an integrated Intel GPU at a twentieth of its peak of
 * 10e9.  Windows resets a GPU whose launch takes 2 s. */
#define UNIT_WORK 0x1p29

double variant_launch_work(const struct device *dev)
{
	return dev->is_cpu ? INFINITY : (double)dev->id.info.compute_units * UNIT_WORK;
}

double variant_pass_work(const struct problem *problem, size_t rows)
{
	const struct sum_order order = sum_order_of(problem->data->features);

	return 2.0 * (double)rows * (double)problem->outputs *
	       (double)(order.chunks * order.lanes + 4);
}

/* ---- waves ---- */

/* Rounds so many chunks down to whole runs of `fold`, or to a power of two where they are fewer. */
static size_t whole_runs(double chunks)
{
	size_t power = 1;

	if (chunks >= FOLD_RUN)
		return (size_t)(chunks / FOLD_RUN) * FOLD_RUN;
	while (2.0 * (double)power <= chunks)
		power *= 2;
	return power;
}

static size_t wave_of(const struct variant *v, const struct problem *problem,
	const struct device *dev, const struct chunks *c)
{
	const double bytes = vector_bytes(
		c->levels * variant_node_vectors(problem) + variant_scratch_vectors(v, problem));
	const double most = wave_room(v, dev) / bytes;

	return (double)c->count <= most ? c->count : whole_runs(most);
}

/* Returns the chunks of a launch; those of a wave are of one size.  They have a work-group for each
 * compute unit at least, since fewer of them would take as long. */
static size_t launch_of(const struct variant *v, const struct problem *problem,
	const struct device *dev, const struct chunks *c)
{
	const double chunk = variant_pass_work(problem, (size_t)c->blocks * BLOCK_ROWS);
	const size_t of_group = v->kernels->by_work_group ? 1 : v->kernels->local;
	const double least = (double)(dev->id.info.compute_units * of_group);
	const double most = fmax(variant_launch_work(dev) / chunk, least);

	if ((double)c->wave <= most)
		return c->wave;
	return parts_of(c->wave, parts_of(c->wave, (size_t)most));
}

size_t chunks_folded(const struct chunks *c)
{
	if (c->wave == c->count)
		return parts_of(c->count, FOLD_RUN);
	return c->count / c->wave * parts_of(c->wave, FOLD_RUN) +
	       parts_of(c->count % c->wave, FOLD_RUN);
}

/* ---- chunks ---- */

/* A block has 4 tiles, each of K outputs of 16 rows forward and 4 slabs backward, of C chunks; a
 * node is cleared, and added once or twice. */
size_t variant_iterations(const struct problem *problem, size_t blocks)
{
	const size_t K = problem->outputs, C = sum_order_of(problem->data->features).chunks;

	return blocks * (4 * K * (20 * C + 25) + 3 * K * (C + 2));
}

static size_t lesser(size_t wanted, size_t most)
{
	return wanted < most ? wanted : most;
}

/* Cuts rows as the tuning wants it, which has the blocks of a chunk. */
static struct chunks cut(const struct variant *v, const struct problem *problem,
	const struct device *dev, const struct tuning *tuning, size_t rows)
{
	struct chunks c = {.rows = rows,
		.blocks = (cl_uint)tuning->blocks,
		.levels = (cl_uint)tree_levels(tuning->blocks) + 1,
		.count = parts_of(block_count(rows), tuning->blocks)};

	c.wave = tuning->wave ? lesser(tuning->wave, c.count) : wave_of(v, problem, dev, &c);
	c.launch = tuning->launch ? lesser(tuning->launch, c.wave) : launch_of(v, problem, dev, &c);
	return c;
}

/* Returns 1 if chunks of so many blocks leave more nodes than there is room for: a CPU's stacks may
 * take an eighth of what their rows take, and the nodes that `fold` makes as much as a wave.
 * Longer chunks have higher stacks, which in the end take more than they save. */
static int leaves_many_nodes(const struct variant *v, const struct problem *problem,
	const struct device *dev, size_t rows, size_t blocks)
{
	const struct tuning tuning = {.blocks = blocks};
	const struct chunks c = cut(v, problem, dev, &tuning, rows);
	const size_t folded = chunks_folded(&c);

	if (v->kernels->stacks_beside_x && c.levels * problem->outputs > 8 * blocks)
		return 1;
	return folded > c.levels &&
	       vector_bytes(folded * variant_node_vectors(problem)) > wave_room(v, dev);
}

enum { CHUNK_BLOCKS_MOST = 1024 };

/* On GPUs each level of folds costs a launch; this many chunks a compute unit keep them all busy to
 * the end, however long each takes. */
enum { CHUNKS_FOLDED_TWICE = FOLD_RUN * FOLD_RUN, CHUNKS_PER_UNIT_LEAST = 12 };

/* Returns 1 if chunks twice as long as these spare a level of folds, in a pass that stays one
 * launch. */
static int spares_a_fold(const struct variant *v, const struct problem *problem,
	const struct device *dev, size_t rows, size_t blocks)
{
	const struct tuning tuning = {.blocks = 2 * blocks};
	const struct chunks c = cut(v, problem, dev, &tuning, rows);
	const size_t all = block_count(rows);

	return v->kernels->by_work_group && c.launch == c.count &&
	       parts_of(all, blocks) > CHUNKS_FOLDED_TWICE &&
	       all / (2 * blocks) >= dev->id.info.compute_units * CHUNKS_PER_UNIT_LEAST;
}

/* Returns the rows among which compute units share chunks: those of a launch, from one part of
 * x. */
static size_t rows_at_a_time(const struct tuning *tuning, size_t rows)
{
	return tuning->ring_slots ? lesser(rows, tuning->ring_rows) : rows;
}

/* A chunk is as long as streams well, if that leaves enough chunks to every compute unit, or longer
 * where that spares a fold.  It is made longer until its nodes have room, then shorter until a
 * launch stays within the device's limit of loops. */
static size_t chunk_blocks(const struct variant *v, const struct problem *problem,
	const struct device *dev, const struct tuning *tuning, size_t rows)
{
	const struct kernel_set *set = v->kernels;
	const size_t all = block_count(rows_at_a_time(tuning, rows));
	const size_t block_bytes = sizeof(float) * BLOCK_ROWS * problem->data->features;
	const size_t chunks = dev->id.info.compute_units * set->chunks_per_unit;
	size_t blocks = 1;

	while (blocks < CHUNK_BLOCKS_MOST && blocks * block_bytes < set->chunk_bytes &&
		all / (2 * blocks) >= chunks)
		blocks *= 2;
	while (blocks < CHUNK_BLOCKS_MOST && spares_a_fold(v, problem, dev, rows, blocks))
		blocks *= 2;
	while (blocks < all && leaves_many_nodes(v, problem, dev, rows, blocks))
		blocks *= 2;
	while (blocks > 1 && variant_iterations(problem, blocks) > dev->loop_limit)
		blocks /= 2;
	return blocks;
}

struct chunks variant_chunks(const struct variant *v, const struct problem *problem,
	const struct device *dev, const struct tuning *tuning, size_t rows)
{
	struct tuning wanted = *tuning;

	if (!wanted.blocks)
		wanted.blocks = chunk_blocks(v, problem, dev, tuning, rows);
	while (tuning->ring_slots && wanted.blocks * BLOCK_ROWS > ring_chunk_rows(tuning))
		wanted.blocks /= 2;
	return cut(v, problem, dev, &wanted, rows);
}
