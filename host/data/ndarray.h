/*
 * ndarray.h: an array of numbers as a binary file holds it, and the dataset made from it.
 *
 * The first dimension counts the rows.  The others are flattened into columns, with the last one
 * running fastest, as torch.nn.Flatten does it.  An array of one dimension is one column.  NaN is a
 * missing value.
 */
#ifndef GF_NDARRAY_H
#define GF_NDARRAY_H

#include "columns.h"
#include "gpufitcl.h"
#include "input.h"
#include "page_array.h"
#include "read_options.h"

enum { NDARRAY_RANK = 32 };

/*	 word	bytes */
#define NDARRAY_TYPES(X) \
	X(bool, 1)       \
	X(uint8, 1)      \
	X(int8, 1)       \
	X(uint16, 2)     \
	X(int16, 2)      \
	X(uint32, 4)     \
	X(int32, 4)      \
	X(uint64, 8)     \
	X(int64, 8)      \
	X(float32, 4)    \
	X(float64, 8)

#define NDARRAY_TYPE_LINE(word, bytes) NDARRAY_##word,

enum ndarray_type { NDARRAY_TYPES(NDARRAY_TYPE_LINE) NDARRAY_TYPE_COUNT };

struct ndarray {
	enum ndarray_type type;
	size_t item_bytes; /* of a number; ndarray_read sets it */
	int big_endian;
	int fortran; /* 1: the first dimension runs fastest */
	size_t rank;
	size_t shape[NDARRAY_RANK];
	size_t rows, columns;    /* of the flattened array */
	unsigned char *bytes;    /* rows * columns numbers, in memory or in pages */
	unsigned char *memory;   /* owned; NULL: they are in pages */
	struct page_array pages; /* owned; the file of the array as it stands or, with pages.beside,
				    a temporary one */
};

/* Reads the rest of the input into array->bytes; type, rank, shape and pages.beside are set
 * already.  A file that is not compressed is mapped.  Otherwise memory grows with what is read, so
 * that a false shape in a header allocates nothing.
 * GF_E_DATA: the input has fewer or more bytes than the shape asks for.  GF_E_IO, GF_E_MEMORY. */
gf_status ndarray_read(struct ndarray *array, struct input *in, gf_error *err);

/* Reads a whole .npy file.  Errors as ndarray_read, and GF_E_DATA: its header is wrong. */
gf_status npy_read_array(struct ndarray *array, struct input *in, gf_error *err);

/* The word of the type: "float32". */
const char *ndarray_type_word(enum ndarray_type type);

/* Returns the number at that place in the file, counted in numbers. */
double ndarray_number(const struct ndarray *array, size_t place);

/* Appends the rows of next, the array of the file of that name, to an array of the files before.
 * GF_E_DATA: they differ in more than the number of rows, or store columns one after another. */
gf_status ndarray_append(struct ndarray *array, const struct ndarray *next,
	const struct file_list *files, const char *name, gf_error *err);

/* Makes the dataset of the columns that options ask for; columns are called column1, column2, ...
 * If its features can be used where they stand in the file, it takes over the array's pages.
 * GF_E_DATA: "x.npy: row 3, column 2: not a finite number", and the errors of columns.h and
 * targets.h. */
gf_status ndarray_dataset(gf_dataset **data, struct ndarray *array, const struct file_list *files,
	const struct read_options *options, gf_error *err);

/* Returns 1 if the bytes of the array are the machine's floats. */
int ndarray_is_native(const struct ndarray *array);

/* Returns 1 if the features that columns select are the array as it stands in its file, so that
 * devices can read it there. */
int ndarray_is_x(const struct ndarray *array, const struct columns *columns,
	const struct read_options *options);

/* Returns the place of the first number (count) of x that is infinite or NaN; count: there is
 * none. */
size_t ndarray_find_not_finite(const float *x, size_t count);

void ndarray_free(struct ndarray *array);

#endif
