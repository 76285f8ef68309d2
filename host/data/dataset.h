/*
 * dataset.h: rows of features and targets in the host's memory, laid out as the devices read them.
 *
 * x begins on a page, so that a device that shares the host's memory can use it in place.
 * TILE_ROWS - 1 rows of zeros and SUM_LANES more zeros follow it, so that a kernel may load whole
 * tiles and whole vectors from any row.  An x that is borrowed from the caller has neither.
 */
#ifndef GF_DATASET_H
#define GF_DATASET_H

#include "columns.h"
#include "encoding.h"
#include "memory.h"
#include "page_array.h"
#include "sparse.h"
#include "sum_order.h"
#include "read_options.h"
#include "targets.h"
#include "texts.h"

#include <math.h>

/* ---- datasets ---- */

enum { DATASET_ALIGNMENT = PAGE_ALIGNMENT };

struct gf_dataset {
	size_t rows;                /* N */
	size_t features;            /* D */
	size_t outputs;             /* K; 0: read without targets */
	float *x;                   /* (N, D) row-major, DATASET_ALIGNMENT-aligned, then zeros;
				       NULL: the rows are sparse */
	struct sparse_rows *sparse; /* owned; the features of sparse rows, or NULL */
	const char *rows_why;       /* a literal; why rows are sparse or dense; NULL: no choice */
	size_t x_bytes;             /* of x and its zeros, a multiple of DATASET_ALIGNMENT */
	int borrows_x;              /* 1: x is the caller's (N, D) alone, and is only read */
	struct page_array pages;    /* owned; the memory of x unless it is borrowed */
	char *beside;               /* owned; arrays as large as x are made in files beside this
				       path; NULL: in memory */
	float *y;                   /* (N, K) row-major; NULL without targets */
	float *weights;             /* (N); NULL: every row weighs 1 */
	float *offset;              /* (N) added to each output of a row; NULL: none */
	char *offset_name;          /* of its column; NULL: none */
	int has_exposure;           /* 1: offset is the logarithm of that column */
	char **feature_names;       /* (D) */
	char **target_names;        /* (K) */
	char **class_names;         /* (classes) by class index, spelt as in the file; or NULL */
	size_t classes;             /* 0: the targets are numbers */
	size_t dropped;             /* rows left out by GF_MISSING_drop */
	size_t *dropped_rows;       /* owned; (dropped) their indices among all rows; or NULL */
	struct texts kept_names;    /* owned; names of the columns that are kept as text */
	struct texts kept;          /* owned; (rows + dropped, kept_names.count) row-major */
	enum index_base index_base; /* of svmlight */
	struct encoding encoding;   /* the file's columns that the features were made from */
};

/* Returns the bytes of x with its zeros; 0: they do not fit a size_t. */
size_t dataset_x_bytes(size_t rows, size_t features);

/* Makes a dataset of zeros.  Its names are "x1", "x2", ... and "y1", "y2", ...; a single one is "x"
 * or "y".  GF_E_MEMORY. */
gf_status dataset_alloc(
	gf_dataset **data, size_t rows, size_t features, size_t outputs, gf_error *err);

/* Like dataset_alloc, but with x in a file beside the path of `like` if that has one. */
gf_status dataset_alloc_like(gf_dataset **data, const gf_dataset *like, size_t rows,
	size_t features, size_t outputs, gf_error *err);

/* Like dataset_alloc, but takes over x, also after a failure; its first (N, D) floats are the
 * features.  x may be empty: then they are zeros. */
gf_status dataset_adopt(gf_dataset **data, struct page_array *x, size_t rows, size_t features,
	size_t outputs, gf_error *err);

/* Like dataset_alloc, but x is the caller's, who keeps it as long as the dataset lives. */
gf_status dataset_borrow(gf_dataset **data, const float *x, size_t rows, size_t features,
	size_t outputs, gf_error *err);

/* Like dataset_alloc, but the features are sparse rows, which the dataset takes over, also after a
 * failure. */
gf_status dataset_sparse(gf_dataset **data, struct sparse_rows *sparse, size_t features,
	size_t outputs, gf_error *err);

/* Makes dense rows sparse, and frees x.  GF_E_MEMORY. */
gf_status dataset_make_sparse(gf_dataset *data, gf_error *err);

/* GF_E_USAGE: the rows are sparse, and why says what wants dense ones. */
gf_status dataset_check_dense(const gf_dataset *data, const char *why, gf_error *err);

/* Makes room for the offsets of all rows.  GF_E_MEMORY. */
gf_status dataset_need_offset(gf_dataset *data, const char *name, int has_exposure, gf_error *err);

/* Returns the offset that a number of its column stands for. */
static inline float offset_of(float value, int is_exposure)
{
	return is_exposure ? (float)log((double)value) : value;
}

/* Adds the offset (rows) of each row to its outputs z (rows, K), as the kernels do. */
void offset_add(const float *offset, size_t rows, size_t K, float *z);

/* Makes a dataset of the caller's arrays; rule: the targets that arrays->loss takes.
 * GF_E_USAGE: members that contradict each other.  GF_E_DATA: the first number or name that is not
 * allowed, with its place counted from 0. */
gf_status arrays_dataset(
	gf_dataset **data, const gf_arrays *arrays, enum loss_targets rule, gf_error *err);

/* Makes the dataset of arrays->sparse with its features alone, also after a failure.
 * GF_E_USAGE, GF_E_DATA: as arrays_dataset. */
gf_status sparse_arrays_dataset(gf_dataset **data, const gf_arrays *arrays, gf_error *err);

/* ---- datasets made of a table's columns, once the columns are selected ---- */

/* Names the columns "column1", "column2", ..., count of them. */
gf_status assemble_names(struct columns *columns, size_t count, gf_error *err);

/* Makes a dataset of the selected columns' names, with x as dataset_adopt. */
gf_status assemble_dataset(gf_dataset **data, struct page_array *x, size_t rows,
	const struct columns *columns, gf_error *err);

/* Like assemble_dataset, but the features are sparse rows: dataset_sparse. */
gf_status assemble_sparse(gf_dataset **data, struct sparse_rows *sparse,
	const struct columns *columns, gf_error *err);

/* targets_new with path, column, columns and by_row of at, and the rest from options. */
gf_status assemble_targets(struct targets **targets, const struct target_options *at,
	const struct read_options *options, gf_error *err);

/* targets_finish for that output: sets its column of y and the dataset's classes. */
gf_status assemble_finish(gf_dataset *data, struct targets *targets, size_t output, gf_error *err);

#endif
