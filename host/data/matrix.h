/*
 * matrix.h: an array of numbers as a binary file holds it, and the dataset that it makes.
 *
 * The first dimension counts the rows; those after it are flattened into the columns, the last
 * running fastest, as torch.nn.Flatten does.  One dimension alone is one column.  NaN is a missing
 * value.
 */
#ifndef GF_MATRIX_H
#define GF_MATRIX_H

#include "table_read.h"
#include "gpufitcl.h"
#include "input.h"

enum { MATRIX_RANK = 32, MATRIX_SHAPE_TEXT = 22 * MATRIX_RANK + 3 };

/*	 word	bytes */
#define MATRIX_TYPES(X) \
	X(bool, 1)      \
	X(uint8, 1)     \
	X(int8, 1)      \
	X(uint16, 2)    \
	X(int16, 2)     \
	X(uint32, 4)    \
	X(int32, 4)     \
	X(uint64, 8)    \
	X(int64, 8)     \
	X(float32, 4)   \
	X(float64, 8)

#define MATRIX_TYPE_LINE(word, bytes) MATRIX_##word,

enum matrix_type { MATRIX_TYPES(MATRIX_TYPE_LINE) MATRIX_TYPE_COUNT };

struct matrix {
	enum matrix_type type;
	int big_endian;
	int fortran; /* 1: the first dimension runs fastest */
	size_t rank;
	size_t shape[MATRIX_RANK];
	size_t rows, columns; /* of the shape, flattened */
	unsigned char *bytes; /* owned; rows * columns numbers */
};

/* What is left of the input, which must be the numbers of m's type and shape, no more, no less.
 * Memory grows with what is read, so a shape that lies costs nothing.  GF_E_DATA, GF_E_IO. */
gf_status matrix_read(struct matrix *m, struct input *in, gf_error *err);

/* The dataset of the columns that options ask for, named by their places.  name: the file's.
 * GF_E_DATA: "x.npy: row 3, column 2: not a finite number", and what columns.h and targets.h
 * refuse. */
gf_status matrix_dataset(gf_dataset **data, const struct matrix *m, const char *name,
	const struct read_options *options, gf_error *err);

void matrix_free(struct matrix *m);

#endif
