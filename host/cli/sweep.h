/* sweep.h: the values of --sweep, "lr=0.1,0.01" for each option, and the points of their grid. */
#ifndef GF_SWEEP_H
#define GF_SWEEP_H

#include "option_rows.h"

#include <stdbool.h>
#include <stddef.h>

enum { SWEEP_OPTIONS = 8, SWEEP_POINTS = 10000 };

/* The values of one option. */
struct sweep_axis {
	const struct option_row *row;
	char **values; /* (count) borrowed from sweep.values */
	size_t count;
};

/* All combinations of values; those of the last option change first.  Without --sweep it has no
 * axis, and one point. */
struct sweep {
	struct sweep_axis axes[SWEEP_OPTIONS];
	size_t axes_count, points;
	char *text;    /* owned */
	char **values; /* owned */
};

/* Parses options->sweep.  False: it is not valid, and complaint (size bytes) says why.  The caller
 * frees the sweep, also after a failure. */
bool sweep_parse(struct sweep *sweep, const struct options *options, char *complaint, size_t size);
void sweep_free(struct sweep *sweep);

/* The text of the option's value at that point. */
char *sweep_value(const struct sweep *sweep, size_t point, size_t axis);

/* Options with the values of that point and without --sweep.  Their texts are borrowed from options
 * and from the sweep. */
struct options sweep_options(
	const struct sweep *sweep, const struct options *options, size_t point);

#endif
