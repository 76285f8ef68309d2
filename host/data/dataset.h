/*
 * dataset.h: rows of features and targets in the host's memory, laid out as the
 * devices read them.
 *
 * x is followed by zeros: TILE_ROWS - 1 rows of them, and TILE_LANES floats more, so that a
 * kernel may load whole tiles from any row on, and whole vectors, and a device that shares the
 * host's memory can take x as it is (it starts on a page).
 */
#ifndef GF_DATASET_H
#define GF_DATASET_H

#include "encoding.h"
#include "page_array.h"
#include "texts.h"

enum { TILE_ROWS = 16, TILE_LANES = 16, DATASET_ALIGNMENT = PAGE_ALIGNMENT };

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

/* The same with an x that is there: the array's first (N, D) floats, which it gives away; x NULL:
 * as dataset_alloc. */
gf_status dataset_adopt(gf_dataset **data, struct page_array *x, size_t rows, size_t features,
	size_t outputs, gf_error *err);

#endif
