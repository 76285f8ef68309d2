/*
 * sparse_matrix.h: a matrix (N, D) in compressed rows or columns, as scipy has it, and the dataset
 * whose features are its columns.
 *
 *	Z	numbers that are given; the others are 0
 *	M	N in compressed rows, D in compressed columns
 */
#ifndef GF_SPARSE_MATRIX_H
#define GF_SPARSE_MATRIX_H

#include "ndarray.h"

struct sparse_matrix {
	const char *name; /* borrowed; the file as messages name it */
	size_t rows, columns;
	int by_column;          /* 1: compressed columns (CSC), whose indices are rows */
	struct ndarray starts;  /* owned, as all; (M + 1) "indptr" */
	struct ndarray indices; /* (Z or more) */
	struct ndarray values;  /* (as many) */
};

/* Makes the dataset, sparse or dense.  Indices within a row may have any order; the arrays are
 * freed as soon as they are not needed.
 * GF_E_DATA: "d.npz: row 3, column 5: it comes twice", and the errors of columns.h. */
gf_status sparse_matrix_dataset(gf_dataset **data, struct sparse_matrix *matrix,
	const struct read_options *options, gf_error *err);

void sparse_matrix_free(struct sparse_matrix *matrix);

#endif
