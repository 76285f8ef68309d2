#include "grid.h"

struct grid grid_of(size_t features)
{
	struct grid g = {.lanes = 1};

	while (g.lanes < GRID_LANES && g.lanes < features)
		g.lanes *= 2;
	g.rows = GRID_LANES / g.lanes;
	g.chunks = (features + g.lanes - 1) / g.lanes;
	return g;
}

size_t grid_levels(size_t n)
{
	size_t levels = 0, reach;

	for (reach = 1; reach < n && reach <= (size_t)-1 / 2; reach *= 2)
		levels++;
	return levels;
}
