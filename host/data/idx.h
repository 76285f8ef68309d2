/*
 * idx.h: reader of IDX, the format of MNIST (http://yann.lecun.com/exdb/mnist/).
 *
 *	2 bytes		0
 *	1 byte		type: 8 uint8, 9 int8, B int16, C int32, D float32, E float64
 *	1 byte		how many dimensions
 *	4 bytes each	their sizes, big-endian
 *	the rest	the numbers, big-endian, row-major
 */
#ifndef GF_IDX_H
#define GF_IDX_H

#include "csv.h"
#include "gpufitcl.h"
#include "input.h"

/* in: at its beginning.  matrix.h says what becomes of the array.
 * GF_E_DATA: "train-images: what was found; what was wanted".  GF_E_IO. */
gf_status idx_read(
	gf_dataset **data, struct input *in, const struct csv_options *options, gf_error *err);

#endif
