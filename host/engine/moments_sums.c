/*
 * moments_sums.c: sums of products of all pairs of columns over all rows, computed on the device.
 *
 * Columns are shifted before they are multiplied, by their mean over a sample of the rows, so that
 * taking the means out of the sums afterwards costs few digits: where the sample is a share p of
 * all rows, the shift misses the mean by a square of at most 1/p variances.
 */
#include "moments_engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- layout ---- */

enum {
	PANEL_MOST = 12,  /* groups: two panels of a part stay near a processor core */
	LEAF_LEAST = 2048 /* rows: a node is written for each leaf */
};

/* Returns the number of tiles of the groups before q. */
static size_t tiles_before(size_t q, size_t features, size_t groups)
{
	return moments_tiles_before((unsigned)q, (unsigned)features, (unsigned)groups);
}

struct moments_layout moments_layout_of(const struct problem *problem)
{
	const size_t D = problem->data->features, rows = problem->train_rows;
	struct moments_layout l = {.columns = D + problem->outputs + 1, .leaf_rows = LEAF_LEAST};

	l.groups = (l.columns + MOMENTS_GROUP - 1) / MOMENTS_GROUP;
	l.tiles = tiles_before(l.groups, D, l.groups);
	l.panels = 1 + (l.groups - 1) / PANEL_MOST;
	l.panel = (l.groups + l.panels - 1) / l.panels;
	/* The rows of a leaf then have several times as many numbers as its node. */
	while (l.leaf_rows < MOMENTS_GROUP * l.columns)
		l.leaf_rows *= 2;
	l.leaves = (rows + l.leaf_rows - 1) / l.leaf_rows;
	return l;
}

/* The tile of two groups of features alone is with the earlier group as q; a group that holds
 * targets or ones has a tile with every group. */
size_t moments_at(const struct moments_layout *l, size_t features, size_t a, size_t b)
{
	const size_t whole = features / MOMENTS_GROUP;
	const size_t p = a / MOMENTS_GROUP, r = b / MOMENTS_GROUP;
	const int turned = p < whole && (r >= whole || r < p);
	const size_t q = turned ? r : p, g = turned ? p : r;
	const size_t row = (turned ? b : a) % MOMENTS_GROUP,
		     lane = (turned ? a : b) % MOMENTS_GROUP;
	const size_t first = moments_group_first((unsigned)q, (unsigned)features);
	const size_t tile = tiles_before(q, features, l->groups) + g - first;

	return tile * MOMENTS_TILE + row * MOMENTS_GROUP + lane;
}

/* A product is rounded by two differences and a weight; then come the sums over the rows of a part,
 * over the parts of a leaf, and over the levels of the tree. */
double moments_depth(const struct problem *problem, const struct moments_layout *l)
{
	const size_t rows = problem->train_rows < l->leaf_rows ? problem->train_rows : l->leaf_rows;
	const size_t parts = (rows + MOMENTS_PART - 1) / MOMENTS_PART;

	return (double)(3 + MOMENTS_PART + parts + tree_levels(l->leaves));
}

/* ---- shifts ---- */

enum { SAMPLE_ROWS = 4096 /* evenly over all */ };

static double column_value(const struct problem *p, size_t row, size_t column)
{
	const size_t D = p->data->features;

	return column < D ? (double)p->data->x[row * D + column]
			  : (double)p->data->y[row * p->outputs + column - D];
}

/* Rounds the mean to an eighth of the standard deviation or finer.  A shift of few bits leaves
 * whole numbers whole, and their products exact. */
static double round_shift(double mean, double variance)
{
	int exponent;
	double quantum;

	if (!(variance > 0.0))
		return mean;
	(void)frexp(sqrt(variance), &exponent);
	quantum = ldexp(1.0, exponent - 3);
	return rint(mean / quantum) * quantum;
}

static double column_shift(const struct problem *p, size_t column)
{
	const size_t N = p->train_rows, step = (N + SAMPLE_ROWS - 1) / SAMPLE_ROWS;
	const size_t rows = (N + step - 1) / step;
	const double count = (double)rows;
	double mean = 0.0, variance = 0.0;
	size_t i;

	for (i = 0; i < N; i += step)
		mean += column_value(p, i, column) / count;
	for (i = 0; i < N; i += step) {
		const double d = column_value(p, i, column) - mean;

		variance += d * d / count;
	}
	return round_shift(mean, variance);
}

double *moments_shifts(const struct problem *p, const struct moments_layout *l)
{
	double *shifts = calloc(l->groups * MOMENTS_GROUP, sizeof *shifts);
	size_t c;

	for (c = 0; shifts && c + 1 < l->columns; c++)
		shifts[c] = column_shift(p, c);
	return shifts;
}

/* ---- sums on the device ---- */

/* Buffers that are needed only while the sums are computed: kernels/moments.cl. */
struct sum_buffers {
	struct buffer shift, parts, nodes, folded[2];
};

static gf_status new_doubles(
	struct buffer *buf, struct cl_engine *e, const char *name, size_t count, gf_error *err)
{
	return buffer_new(buf, &e->dev, name, count * sizeof(double), err);
}

/* Returns the number of nodes that one level of the tree makes of `nodes`. */
static size_t runs_of(size_t nodes)
{
	return (nodes + MOMENTS_LEAVES - 1) / MOMENTS_LEAVES;
}

static gf_status new_buffers(
	struct sum_buffers *b, struct cl_engine *e, const struct moments_layout *l, gf_error *err)
{
	const size_t node = l->tiles * MOMENTS_TILE, runs = runs_of(l->leaves);
	const size_t part = (size_t)MOMENTS_PART * MOMENTS_GROUP;
	const size_t leaves = l->leaves < MOMENTS_LEAVES ? l->leaves : MOMENTS_LEAVES;

	const size_t parts = (size_t)MOMENTS_LEAVES * 2 * l->panel * part;

	if (!e->variant.kernels->by_work_group)
		TRY(new_doubles(&b->parts, e, "parts", parts, err));
	TRY(new_doubles(&b->nodes, e, "leaves", leaves * node, err));
	TRY(new_doubles(&b->folded[0], e, "folded leaves", runs * node, err));
	return new_doubles(&b->folded[1], e, "leaves folded again", runs_of(runs) * node, err);
}

static void free_buffers(struct sum_buffers *b)
{
	buffer_free(&b->shift);
	buffer_free(&b->parts);
	buffer_free(&b->nodes);
	buffer_free(&b->folded[0]);
	buffer_free(&b->folded[1]);
}

/* Work-items [from, from + count) of `products`, on GPUs work-groups; item 0 is in leaf first_leaf,
 * which is followed by others. */
struct product_items {
	cl_ulong first_leaf, leaves, from;
	cl_uint count;
	struct x_part x; /* that has their rows */
};

/* Launches `products` for those items, with at least one work-item. */
static gf_status launch_products_by_item(struct moments_state *state, struct cl_engine *e,
	const struct sum_buffers *b, const struct product_items *items, size_t bytes, gf_error *err)
{
	const struct moments_layout *l = &state->layout;
	const struct device_rows *rows = &e->data->all;
	const cl_ulong N = e->problem.train_rows, leaf_rows = l->leaf_rows;
	const cl_uint G = (cl_uint)l->groups, panel = (cl_uint)l->panel,
		      panels = (cl_uint)l->panels;
	const struct kernel_arg args[] = {ARG_MEM(items->x.x), ARG_MEM(rows->y),
		ARG_MEM(rows->weights), ARG_MEM(b->shift), ARG_MEM(b->parts), ARG_MEM(b->nodes),
		ARG(N), ARG(rows->y_stride), ARG(e->features), ARG(e->outputs), ARG(G), ARG(panel),
		ARG(panels), ARG(leaf_rows), ARG(items->first_leaf), ARG(items->from),
		ARG(items->count), ARG(items->x.first)};

	return run_launch(
		&state->products, ARGS(args), items->count ? items->count : 1, bytes, err);
}

static gf_status launch_products_by_group(struct moments_state *state, struct cl_engine *e,
	const struct sum_buffers *b, const struct product_items *items, size_t bytes, gf_error *err)
{
	const struct device_rows *rows = &e->data->all;
	const cl_ulong N = e->problem.train_rows, leaf_rows = state->layout.leaf_rows;
	const cl_uint G = (cl_uint)state->layout.groups;
	const struct kernel_arg args[] = {ARG_MEM(items->x.x), ARG_MEM(rows->y),
		ARG_MEM(rows->weights), ARG_MEM(b->shift), ARG_MEM(b->nodes), ARG(N),
		ARG(rows->y_stride), ARG(e->features), ARG(e->outputs), ARG(G), ARG(leaf_rows),
		ARG(items->first_leaf), ARG(items->from), ARG(items->leaves), ARG(items->x.first)};
	const size_t groups = items->count ? items->count : 1;

	return run_launch(&state->products, ARGS(args), groups * state->products.local, bytes, err);
}

static gf_status launch_products(struct moments_state *state, struct cl_engine *e,
	const struct sum_buffers *b, const struct product_items *items, size_t bytes, gf_error *err)
{
	return e->variant.kernels->by_work_group
		       ? launch_products_by_group(state, e, b, items, bytes, err)
		       : launch_products_by_item(state, e, b, items, bytes, err);
}

/* Work-groups of a launch on a GPU, which takes them in a fraction of a second. */
enum { PRODUCT_GROUPS = 4096 };

/* Returns the items of a leaf, and the most of a launch. */
static size_t leaf_items(const struct cl_engine *e, const struct moments_layout *l, size_t *most)
{
	const size_t side = (l->groups * MOMENTS_GROUP + MOMENTS_BLOCK - 1) / MOMENTS_BLOCK;

	*most = e->variant.kernels->by_work_group ? PRODUCT_GROUPS : MOMENTS_LEAVES;
	return e->variant.kernels->by_work_group
		       ? moments_before((unsigned)side, e->features, (unsigned)side, MOMENTS_BLOCK)
		       : l->panels * l->panels;
}

/* Returns the end of the leaves from `leaf` on that are in the same part of x, at most `end`. */
static size_t part_end(const struct cl_engine *e, size_t leaf_rows, size_t leaf, size_t end)
{
	const struct device_rows *rows = &e->data->all;
	const size_t next = device_rows_first(rows, leaf * leaf_rows) + rows->part_rows;

	const size_t stop = parts_of(next, leaf_rows);

	return stop < end ? stop : end;
}

/* Launches the items of leaves [leaf, end), which are in one part of x. */
static gf_status sum_part(struct moments_state *state, struct cl_engine *e,
	const struct sum_buffers *b, struct product_items items, size_t leaf, size_t end,
	gf_error *err)
{
	const struct moments_layout *l = &state->layout;
	const size_t bytes = device_data_bytes(e->data, (end - leaf) * l->leaf_rows);
	size_t most;
	const size_t each = leaf_items(e, l, &most), all = (end - leaf) * each;
	const size_t stop = (end - items.first_leaf) * each;

	TRY(device_data_part(e->data, &e->data->all, leaf * l->leaf_rows, 0, &items.x, err));
	for (items.from = (leaf - items.first_leaf) * each; items.from < stop; items.from += most) {
		const size_t left = stop - items.from;

		items.count = (cl_uint)(left < most ? left : most);
		TRY(launch_products(state, e, b, &items, bytes * items.count / all, err));
	}
	return GF_OK;
}

/* Computes `leaves` leaves from `first` on. */
static gf_status sum_leaves(struct moments_state *state, struct cl_engine *e,
	const struct sum_buffers *b, cl_ulong first, size_t leaves, gf_error *err)
{
	const struct product_items items = {.first_leaf = first, .leaves = leaves};
	size_t leaf, end;

	for (leaf = first; leaf < first + leaves; leaf = end) {
		end = part_end(e, state->layout.leaf_rows, leaf, first + leaves);
		TRY(sum_part(state, e, b, items, leaf, end, err));
	}
	return GF_OK;
}

/* Folds each run r of the count nodes in `in` to node at + r of `out`. */
static gf_status fold(struct moments_state *state, int by_work_group, const struct buffer *in,
	struct buffer *out, cl_ulong count, cl_ulong at, size_t runs, gf_error *err)
{
	const cl_ulong size = state->layout.tiles * MOMENTS_GROUP;
	const size_t numbers = by_work_group ? MOMENTS_GROUP : 1; /* work-items of a double8 */
	const struct kernel_arg args[] = {
		ARG_MEM(*in), ARG_MEM(*out), ARG(count), ARG(size), ARG(at)};

	return run_launch(&state->leaves, ARGS(args), runs * size * numbers,
		(count + runs) * size * MOMENTS_GROUP * sizeof(double), err);
}

gf_status moments_sum_none(struct cl_engine *e, struct moments_state *state, gf_error *err)
{
	const struct sum_buffers none = {.shift = e->none, .parts = e->none, .nodes = e->none};
	const struct product_items items = {.count = 0, .x = e->data->all.parts[0]};

	TRY(launch_products(state, e, &none, &items, 0, err));
	return fold(state, e->variant.kernels->by_work_group, &e->none, &e->none, 0, 0, 1, err);
}

/* Computes a subtree's leaves, as many at a time as one run has, and folds them to node
 * (T, 8, 8). */
static gf_status sum_tree(struct moments_state *state, struct cl_engine *e, struct sum_buffers *b,
	const struct subtree *tree, double *node, gf_error *err)
{
	const size_t leaves = subtree_part(tree, 1, state->layout.leaves);
	const int by_work_group = e->variant.kernels->by_work_group;
	cl_ulong count, first;
	int from = 0;

	for (first = 0; first < leaves; first += MOMENTS_LEAVES) {
		const size_t rest = leaves - first;
		const size_t run = rest < MOMENTS_LEAVES ? rest : MOMENTS_LEAVES;

		TRY(sum_leaves(state, e, b, tree->first + first, run, err));
		TRY(fold(state, by_work_group, &b->nodes, &b->folded[0], run,
			first / MOMENTS_LEAVES, runs_of(run), err));
	}
	for (count = runs_of(leaves); count > 1; count = runs_of(count)) {
		TRY(fold(state, by_work_group, &b->folded[from], &b->folded[!from], count, 0,
			runs_of(count), err));
		from = !from;
	}
	return run_read(
		&b->folded[from], 0, node, state->layout.tiles * MOMENTS_TILE * sizeof *node, err);
}

/* A sum that ranks share. */
struct shared_leaves {
	struct moments_state *state;
	struct cl_engine *e;
	struct sum_buffers *b;
};

/* Sums subtrees of leaves to nodes (count, T, 8, 8). */
static gf_status sum_mine(
	void *leaves, const struct subtree *mine, size_t count, void *nodes, gf_error *err)
{
	const struct shared_leaves *s = leaves;
	const size_t numbers = s->state->layout.tiles * MOMENTS_TILE;
	size_t i;

	for (i = 0; i < count; i++)
		TRY(sum_tree(s->state, s->e, s->b, &mine[i], (double *)nodes + i * numbers, err));
	return GF_OK;
}

/* Sums all leaves to node (T, 8, 8), with the other ranks. */
static gf_status sum_shared(struct moments_state *state, struct cl_engine *e, struct sum_buffers *b,
	double *node, gf_error *err)
{
	struct shared_leaves leaves = {state, e, b};
	const struct sum_shape shape = {.blocks = state->layout.leaves,
		.numbers = state->layout.tiles * MOMENTS_TILE,
		.size = sizeof *node};
	const void *sum;

	TRY(exchange_take(e->exchange, &shape, sum_mine, &leaves, &sum, err));
	memcpy(node, sum, shape.numbers * shape.size);
	return GF_OK;
}

static gf_status sum_all(struct moments_state *state, struct cl_engine *e, struct sum_buffers *b,
	double *node, gf_error *err)
{
	const struct subtree all = {0, state->layout.leaves};

	return e->exchange && exchange_shares(e->exchange, state->layout.leaves)
		       ? sum_shared(state, e, b, node, err)
		       : sum_tree(state, e, b, &all, node, err);
}

static gf_status sum(struct moments_state *state, struct cl_engine *e, struct sum_buffers *b,
	const double *shifts, double *node, gf_error *err)
{
	const size_t shifted = state->layout.groups * MOMENTS_GROUP;

	TRY(new_doubles(&b->shift, e, "shifts", shifted, err));
	TRY(run_write(&b->shift, 0, shifts, shifted * sizeof *shifts, err));
	TRY(new_buffers(b, e, &state->layout, err));
	return sum_all(state, e, b, node, err);
}

gf_status moments_sum(struct cl_engine *e, struct moments_state *state, const double *shifts,
	double *node, gf_error *err)
{
	struct sum_buffers buffers = {.shift = {.mem = NULL}};
	const gf_status status = sum(state, e, &buffers, shifts, node, err);

	free_buffers(&buffers);
	return status;
}
