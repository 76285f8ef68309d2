/*
 * npy.h: reader of NumPy's .npy, versions 1 to 3.
 *
 *	6 bytes		0x93 and NUMPY
 *	2 bytes		version: major, minor
 *	2 or 4 bytes	length of the header, little-endian; 4 from version 2 on
 *	the header	a Python dict:
 *			{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }
 *	the rest	the numbers
 *
 * Booleans, integers of 8 to 64 bits and floats of 32 and 64 bits, of either byte order.  NaN is a
 * missing value.
 */
#ifndef GF_NPY_H
#define GF_NPY_H

#include "csv.h"
#include "gpufitcl.h"
#include "input.h"

#define NPY_MAGIC "\x93NUMPY"

/* in: at its beginning.  matrix.h says what becomes of the array.
 * GF_E_DATA: "x.npy: what was found; what was wanted".  GF_E_IO. */
gf_status npy_read(
	gf_dataset **data, struct input *in, const struct csv_options *options, gf_error *err);

#endif
