#include "checksum.h"
#include "error.h"

#include <stdlib.h>
#include <zlib.h>

/* Ranks read fewer bytes than SHARED_BYTES whole, which takes about 50 ms.  Of more bytes, each
 * reads a part, and PIECES of the whole. */
#define SHARED_BYTES ((size_t)1 << 26)
enum { PIECES = 64, PIECE_BYTES = 1 << 16 };

void byte_ranges_add_x(struct byte_ranges *r, const gf_dataset *data, size_t dense_bytes)
{
	const struct sparse_rows *s = data->sparse;

	if (!s) {
		byte_ranges_add(r, data->x, dense_bytes);
		return;
	}
	byte_ranges_add(r, s->start, (s->rows + 1) * sizeof *s->start);
	byte_ranges_add(r, s->index, sparse_numbers(s) * sizeof *s->index);
	byte_ranges_add(r, s->value, sparse_numbers(s) * sizeof *s->value);
}

static size_t bytes_of(const struct byte_ranges *r)
{
	size_t bytes = 0, i;

	for (i = 0; i < r->count; i++)
		bytes += r->ranges[i].bytes;
	return bytes;
}

/* Adds bytes [from, to) of the ranges, counted from the first range on. */
static uLong add_bytes(uLong sum, const struct byte_ranges *r, size_t from, size_t to)
{
	size_t at = 0, i;

	for (i = 0; i < r->count; at += r->ranges[i++].bytes) {
		const size_t end = at + r->ranges[i].bytes;
		const size_t first = from > at ? from : at, last = to < end ? to : end;

		if (first < last)
			sum = crc32_z(
				sum, (const Bytef *)r->ranges[i].at + (first - at), last - first);
	}
	return sum;
}

/* Returns the first byte of rank r's part. */
static size_t bound(size_t bytes, size_t ranks, size_t r)
{
	return bytes / ranks * r + bytes % ranks * r / ranks;
}

static uLong sample(const struct byte_ranges *r, size_t bytes)
{
	uLong sum = 0;
	size_t i;

	for (i = 0; i < PIECES; i++) {
		const size_t at = bound(bytes, PIECES, i);

		sum = add_bytes(sum, r, at, at + PIECE_BYTES);
	}
	return sum;
}

/* What a rank tells the others. */
struct part {
	uint64_t bytes; /* of all numbers that it has */
	uint32_t sum;   /* of its part, or of all numbers if they are not shared */
	uint32_t sample;
};

static struct part part_of(const struct byte_ranges *r, size_t ranks, size_t rank)
{
	const size_t bytes = bytes_of(r);
	struct part part = {.bytes = bytes};

	if (ranks == 1 || bytes < SHARED_BYTES) {
		part.sum = (uint32_t)add_bytes(0, r, 0, bytes);
		return part;
	}
	part.sum =
		(uint32_t)add_bytes(0, r, bound(bytes, ranks, rank), bound(bytes, ranks, rank + 1));
	part.sample = (uint32_t)sample(r, bytes);
	return part;
}

/* Returns the checksum of the whole from those of all parts (R). */
static uint32_t combine(const struct part *parts, size_t ranks)
{
	const size_t bytes = (size_t)parts->bytes;
	uLong sum = parts->sum;
	size_t r;

	for (r = 1; r < ranks; r++)
		sum = crc32_combine(sum, parts[r].sum,
			(z_off_t)(bound(bytes, ranks, r + 1) - bound(bytes, ranks, r)));
	return (uint32_t)sum;
}

static int have_same_size(const struct part *parts, size_t ranks)
{
	size_t r = 1;

	while (r < ranks && parts[r].bytes == parts->bytes)
		r++;
	return r == ranks;
}

static size_t odd_rank(const struct part *parts, size_t ranks)
{
	size_t r;

	for (r = 1; r < ranks; r++)
		if (parts[r].sample != parts->sample)
			return r;
	return 0;
}

/* A rank with numbers of another size is found by its fingerprint, for which each then takes the
 * checksum of all that it has. */
static void merge(struct checksum *checksum, const struct byte_ranges *ranges,
	const struct part *parts, size_t ranks)
{
	const size_t bytes = bytes_of(ranges);

	if (bytes < SHARED_BYTES)
		return;
	if (have_same_size(parts, ranks))
		*checksum = (struct checksum){combine(parts, ranks), odd_rank(parts, ranks)};
	else
		checksum->sum = (uint32_t)add_bytes(0, ranges, 0, bytes);
}

gf_status checksum_of(
	struct checksum *checksum, gf_comm *comm, const struct byte_ranges *ranges, gf_error *err)
{
	const size_t ranks = comm_size(comm);
	const struct part mine = part_of(ranges, ranks, comm_rank(comm));
	struct part *parts;
	gf_status status;

	*checksum = (struct checksum){.sum = mine.sum};
	if (ranks == 1)
		return GF_OK;
	parts = malloc(ranks * sizeof *parts);
	if (!parts)
		return gf_fail_memory(err, ranks * sizeof *parts, "checksums of ranks");
	status = comm_gather_each(comm, "checksums", &mine, sizeof mine, parts, err);
	if (!status)
		merge(checksum, ranges, parts, ranks);
	free(parts);
	return status;
}
