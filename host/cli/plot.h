/* plot.h: what the panels of a picture have in common. */
#ifndef GF_PLOT_H
#define GF_PLOT_H

#include "gpufitcl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* ---- colours that the colour-blind can tell apart ---- */

#define PLOT_BLUE   "'#0b6e99'"
#define PLOT_ORANGE "'#d9730d'"
#define PLOT_PALE   "'#f0c39b'" /* orange, for many points below a curve */
#define PLOT_GREY   "'#888888'"

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

/* The same of the first of several files, and how many more there are. */
struct plot_title plot_files_title(const char *first, size_t count);

/* ---- ranges ---- */

struct extent {
	double least, most;
};

extern const struct extent extent_none;

/* Infinite numbers and NaN do not count. */
void extent_add(struct extent *extent, double value);

/* The range of values (count), stride apart, and a twentieth of it on each side; around a single
 * value 1.  Both ends are floats. */
struct extent extent_of(const float *values, size_t count, size_t stride);

/* ---- rows ---- */

enum { PLOT_POINTS = 2000 /* of more rows, so many are shown */ };

/* Every so many-th row is shown. */
size_t plot_stride(size_t rows);

/* "150 rows", or "2000 of 150000 rows" */
struct plot_title plot_rows_title(size_t rows);

/* The class of a row, for targets that are classes: a hinge has -1 and 1. */
size_t plot_class_of(const gf_dataset *data, size_t row);

/* False for numbers, and for the losses of support vector machines, which have none. */
bool plot_has_probabilities(const gf_model *model);

#endif
