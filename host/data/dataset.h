/*
 * dataset.h: rows of features and targets in the host's memory, laid out as the devices read them.
 *
 * x is followed by zeros: TILE_ROWS - 1 rows of them, and SUM_LANES floats more, so that a
 * kernel may load whole tiles from any row on, and whole vectors, and a device that shares the
 * host's memory can take x as it is (it starts on a page).
 */
#ifndef GF_DATASET_H
#define GF_DATASET_H

#include "columns.h"
#include "table_read.h"
#include "encoding.h"
#include "memory.h"
#include "sum_order.h"
#include "targets.h"
#include "texts.h"

/* ---- floats that begin on a page and grow by doubling ---- */

/* All zeros: none. */
struct page_array {
	float *at;    /* owned; on a page */
	size_t bytes; /* that there is room for */
};

/* Makes room for so many bytes; what there is stays.  0, or -1 where memory runs out: the array is
 * then as it was. */
int page_array_reserve(struct page_array *array, size_t bytes);

void page_array_free(struct page_array *array);

/* ---- datasets ---- */

enum { DATASET_ALIGNMENT = PAGE_ALIGNMENT };

struct gf_dataset {
	size_t rows;          /* N */
	size_t features;      /* D */
	size_t outputs;       /* K; 0: read without targets */
	float *x;             /* (N, D) row-major, DATASET_ALIGNMENT-aligned, then zeros */
	size_t x_bytes;       /* of x with its zeros, a multiple of DATASET_ALIGNMENT */
	float *y;             /* (N, K) row-major, or NULL */
	float *weights;       /* (N), or NULL: all weigh 1 */
	char **feature_names; /* (D) */
	char **target_names;  /* (K) */
	char **class_names;   /* (classes) as in the file, in the order of their indices, or NULL */
	size_t classes;       /* 0: the targets are numbers */
	size_t dropped;       /* rows left out by GF_MISSING_drop */
	size_t *dropped_rows; /* owned; (dropped) which they were among all rows, or NULL */
	struct texts kept_names;    /* owned; of the columns whose texts stay */
	struct texts kept;          /* owned; (rows + dropped, kept_names.count) row-major */
	enum index_base index_base; /* of svmlight */
	struct encoding encoding;   /* what the features were in the file */
};

/* An empty dataset of that shape, all zeros; its names are "x1".. and "y1".. ("x" and "y"
 * alone). */
gf_status dataset_alloc(
	gf_dataset **data, size_t rows, size_t features, size_t outputs, gf_error *err);

/* dataset_alloc around an x that is there: takes over the array, whose first (N, D) floats become
 * x.  x NULL: as dataset_alloc. */
gf_status dataset_adopt(gf_dataset **data, struct page_array *x, size_t rows, size_t features,
	size_t outputs, gf_error *err);

/* rule: what arrays->loss takes for targets.
 * GF_E_USAGE: members that do not fit together.  GF_E_DATA: the first number or name that cannot
 * be, with its place counted from 0. */
gf_status arrays_dataset(
	gf_dataset **data, const gf_arrays *arrays, enum loss_targets rule, gf_error *err);

/* ---- datasets of a table's columns: what readers share once the columns are chosen ---- */

/* Adds "column1", "column2", ... up to count to the names of columns. */
gf_status assemble_names(struct columns *columns, size_t count, gf_error *err);

/* An empty dataset of the columns chosen, with their names. */
gf_status assemble_dataset(
	gf_dataset **data, size_t rows, const struct columns *columns, gf_error *err);

/* A collector of what options ask of targets; at says the rest: path, column, columns, by_row. */
gf_status assemble_targets(struct targets **targets, const struct target_options *at,
	const struct read_options *options, gf_error *err);

/* The end of the collector of target number `output`: y, and the class names. */
gf_status assemble_finish(gf_dataset *data, struct targets *targets, size_t output, gf_error *err);

#endif
