/*
 * gpufitcl_arrays.h: data in the caller's memory, for gf_dataset_new and gf_predictor_run of
 * gpufitcl.h.
 *
 *	N rows, D features, Z numbers of sparse rows
 */
#ifndef GPUFITCL_ARRAYS_H
#define GPUFITCL_ARRAYS_H

#include "gpufitcl_words.h"

#include <stddef.h>

/* The type of an array's numbers. */
typedef enum gf_number { GF_NUMBER_float, GF_NUMBER_double, GF_NUMBER_COUNT } gf_number;

/* Where the numbers of an array lie: that of row i and column j is at i row_stride + j
 * column_stride bytes, as in NumPy.  All members 0: floats, row-major without gaps. */
typedef struct gf_layout {
	gf_number number;
	ptrdiff_t row_stride;    /* bytes, may be negative; 0: columns times column_stride */
	ptrdiff_t column_stride; /* bytes, may be negative; 0: the size of a number */
} gf_layout;

/* The type of an array's integers. */
typedef enum gf_integer { GF_INTEGER_int32, GF_INTEGER_int64, GF_INTEGER_COUNT } gf_integer;

/* Sparse rows, without gaps: row i has the numbers [start[i], start[i + 1]) of value, which belong
 * to the features of the same places of index; its other features are 0.  These are indptr,
 * indices and data of scipy's csr_array. */
typedef struct gf_sparse_rows {
	const void *start; /* (N + 1) integers, from 0 on, that do not fall; NULL: x has the rows */
	const void *index; /* (Z) integers below D, rising within a row */
	const void *value; /* (Z) numbers, finite */
	gf_integer integer; /* of start and index */
	gf_number number;   /* of value */
	int dense; /* 1: the dataset stores the zeros, too, as networks, standardize, batches and
		      statistics want it; it does so for D below 9 */
} gf_sparse_rows;

/* Data in the caller's memory.  A program names only the members that it needs:
 * (gf_arrays){.rows = n, .features = d, .outputs = 1, .x = x, .y = y}.
 * Doubles are rounded to float; one that is beyond float's range is refused. */
typedef struct gf_arrays {
	size_t rows, features; /* N, D; at least 1 */
	size_t outputs;        /* columns of y; 0: no targets, which gf_predict does not need */
	const void *x;         /* (N, D), finite; NULL: sparse has the rows */
	const void *y;         /* (N, outputs), finite; NULL if outputs is 0 */
	const void *weights;   /* (N), finite, >= 0, not all 0; NULL: all weigh 1 */
	const void *offset;    /* (N), finite, added to each output of a row; NULL: none */
	gf_layout x_layout, y_layout, weights_layout, offset_layout;

	gf_sparse_rows sparse; /* in place of x; gf_predictor_run does not take them */

	/* 1: the dataset reads x in the caller's memory, which must stay as it is until
	 * gf_dataset_free.  x must be aligned floats, row-major without gaps.  Calls on a device
	 * that shares the host's memory copy x as long as they last, if they do not standardize. */
	int borrow_x;

	/* Names are UTF-8, not empty, and different from each other. */
	const char *const *feature_names; /* (D); NULL: "x1".., or "x" if there is one */
	const char *const *target_names;  /* (outputs); NULL: "y1".., or "y" if there is one */

	/* classes 0: y has numbers, which become what the loss takes: cross_entropy makes a class
	 * of each distinct value, in rising order; a hinge makes -1 of the lower of two values and
	 * 1 of the other; mse takes y unchanged.  Else y (N, 1) has indices below classes. */
	gf_loss loss;
	size_t classes;                 /* 0, or 2 and more */
	const char *const *class_names; /* (classes); NULL: "0", "1".. */
} gf_arrays;

#endif
