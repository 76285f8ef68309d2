/*
 * family.h: the two families of kernels, over the same blocks and lanes, so of the same bits.
 *
 *	cpu	a work-item has a chunk of rows, 16 side by side in a vector
 *	gpu	a work-group has it; a work-item is a row, or a lane (kernels/gpu_strip.cl)
 */
#ifndef GF_FAMILY_H
#define GF_FAMILY_H

#include "device.h"
#include "gpufitcl.h"

enum { NARROW, WIDE, WIDTHS }; /* D <= 8, or more */

struct family {
	gf_kernels word;      /* never auto */
	const char *options;  /* what it is built with */
	int by_group;         /* a share of the rows is a work-group's, not a work-item's */
	size_t local;         /* work-group size of a pass */
	size_t units;         /* shares to a compute unit */
	size_t chunk_bytes;   /* bytes of x to a share, where there is enough */
	size_t strip[WIDTHS]; /* rows to a share of `outputs` */
	size_t tiles[WIDTHS]; /* of 16 rows that cross_entropy keeps the outputs of, to a share */
	size_t piece;         /* features of a row that a share has at once; 0: all */
	size_t abreast;       /* floats to a work-item of `fold` */
};

/* Whether a work-group of the gpu family has the local memory that it needs. */
int family_fits(const struct device *dev);

/* The one for the device, or the one asked for; why (size): in words.
 * GF_E_UNAVAILABLE: gpu asked for, and the device has too little local memory. */
gf_status family_choose(const struct family **family, gf_kernels word, const struct device *dev,
	char *why, size_t size, gf_error *err);

#endif
