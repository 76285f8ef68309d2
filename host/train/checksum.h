/*
 * checksum.h: checksums (crc32) of the numbers of a dataset, of which each rank reads a part.
 *
 * The parts' checksums make that of the whole, with the value that one rank alone comes to.  Then
 * no rank has read all numbers, so ranks compare a sample of them, too.
 */
#ifndef GF_CHECKSUM_H
#define GF_CHECKSUM_H

#include "comm.h"
#include "dataset.h"

/* Bytes in memory.  at may be NULL: none. */
struct byte_range {
	const void *at;
	size_t bytes;
};

enum { CHECKSUM_RANGES = 8 };

/* Ranges one behind another. */
struct byte_ranges {
	struct byte_range ranges[CHECKSUM_RANGES];
	size_t count;
};

static inline void byte_ranges_add(struct byte_ranges *r, const void *at, size_t bytes)
{
	if (at && bytes)
		r->ranges[r->count++] = (struct byte_range){at, bytes};
}

/* Adds x, whose dense numbers are so many bytes, or the arrays of sparse rows. */
void byte_ranges_add_x(struct byte_ranges *r, const gf_dataset *data, size_t dense_bytes);

struct checksum {
	uint32_t sum;
	size_t odd; /* a rank whose numbers differ from those of rank 0; 0: none is known */
};

/* Takes the checksum of the ranges, all ranks together.  GF_E_MEMORY, and what comm_gather
 * returns. */
gf_status checksum_of(
	struct checksum *checksum, gf_comm *comm, const struct byte_ranges *ranges, gf_error *err);

#endif
