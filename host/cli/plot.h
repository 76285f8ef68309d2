/* plot.h: what the panels of a picture have in common. */
#ifndef GF_PLOT_H
#define GF_PLOT_H

#include "gpufitcl.h"

#include <stddef.h>
#include <stdio.h>

/* ---- colours that the colour-blind can tell apart ---- */

struct colour {
	char text[8]; /* "#0b6e99" */
};

struct colour plot_colour(size_t class_index);

/* The same for areas, on which points are seen. */
struct colour plot_tint(size_t class_index);

/* A colour on the way from the pale first curve to the dark last one; share is 0 to 1. */
struct colour plot_shade(double share);

/* ---- titles ---- */

struct plot_title {
	char text[1024];
};

/* The file's name without its folders; NULL: the built-in points. */
struct plot_title plot_file_title(const char *path);

/* ---- ranges ---- */

struct extent {
	double least, most;
};

extern const struct extent extent_none;

/* Infinite numbers and NaN do not count. */
void extent_add(struct extent *extent, double value);

/* The range and a twentieth of it on each side; around a single value 1. */
struct extent extent_widened(struct extent extent);

/* ---- rows ---- */

enum { PLOT_POINTS = 2000 /* of more rows, so many are shown */ };

/* Every so many-th row is shown. */
size_t plot_stride(size_t rows);

/* "150 rows", or "2000 of 150000 rows" */
struct plot_title plot_rows_title(size_t rows);

/* The class of a row, for targets that are classes: a hinge has -1 and 1. */
size_t plot_class_of(const gf_dataset *data, size_t row);

#endif
