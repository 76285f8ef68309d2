#include "moments.h"

enum {
	PANEL_MOST = 12,  /* groups: two panels of a part stay near a processor core */
	LEAF_LEAST = 2048 /* rows: a node is written for each leaf */
};

/* Number of tiles of the groups before q. */
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
	/* A leaf of x is then some times what its node is. */
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

/* Two differences and a weight, the rows of a part, the parts of a leaf, the tree. */
double moments_depth(const struct problem *problem, const struct moments_layout *l)
{
	const size_t rows = problem->train_rows < l->leaf_rows ? problem->train_rows : l->leaf_rows;
	const size_t parts = (rows + MOMENTS_PART - 1) / MOMENTS_PART;

	return (double)(3 + MOMENTS_PART + parts + tree_levels(l->leaves));
}
