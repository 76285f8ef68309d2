#include "comm_state.h"
#include "error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* splitmix64's last step: each bit of the result depends on each bit of x. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* A hash of the bytes that rank `from` gives to rank `to`. */
static uint64_t size_hash(size_t from, size_t to, size_t size)
{
	return mix(mix(mix(from + 1) + to) + size);
}

/* ---- gather ---- */

/* All ranks' bytes came with their records. */
static void gather_records(const gf_comm *c, const size_t *sizes, unsigned char *all)
{
	size_t at = 0;

	for (size_t r = 0; r < c->size; at += sizes[r++])
		if (sizes[r])
			memcpy(all + at, c->records[r].data, sizes[r]);
}

gf_status comm_gather(gf_comm *c, const char *what, const void *mine, const size_t *sizes,
	void *all, gf_error *err)
{
	const size_t rank = comm_rank(c), size = comm_size(c);
	struct comm_record record = {.kind = COMM_GATHER, .bytes = sizes[rank]};
	size_t largest = 0;

	/* From here on this rank's bytes are read from their place. */
	if (sizes[rank])
		memmove((char *)all + comm_bytes_before(sizes, rank), mine, sizes[rank]);
	if (size <= 1)
		return GF_OK;
	for (size_t r = 0; r < size; r++) {
		record.sizes += size_hash(r, r, sizes[r]);
		largest = sizes[r] > largest ? sizes[r] : largest;
	}
	if (largest <= COMM_INLINE && sizes[rank])
		memcpy(record.data, (char *)all + comm_bytes_before(sizes, rank), sizes[rank]);
	c->what = what;
	TRY(comm_meet(c, &record, err));
	if (largest <= COMM_INLINE)
		gather_records(c, sizes, all);
	else if (comm_gather_pieces(c, sizes, all))
		return comm_report(c, err);
	return GF_OK;
}

/* ---- swap ---- */

/* Places of counts (size) that follow each other. */
static void place(const int *counts, int *places, size_t size)
{
	int at = 0;

	for (size_t q = 0; q < size; at += counts[q++])
		places[q] = at;
}

static gf_status swap_once(gf_comm *c, const void *out, void *in)
{
	const size_t size = c->size;
	struct transport *t = c->transport;
	size_t given = 0, got = 0;

	place(c->counts, c->places, size);
	place(c->counts + size, c->places + size, size);
	for (size_t q = 0; q < size; q++) {
		given += q == c->rank ? 0 : (size_t)c->counts[q];
		got += q == c->rank ? 0 : (size_t)c->counts[size + q];
	}
	c->stage++;
	if (t->start_swap(t, out, c->counts, c->places, in, c->counts + size, c->places + size))
		return comm_end_transport(c);
	return comm_wait_moved(c, given, got);
}

/* How many of each rank's bytes lie in [first, first + room). */
static void count_round(const size_t *sizes, int *counts, size_t size, size_t first, size_t room)
{
	for (size_t q = 0; q < size; q++) {
		const size_t left = sizes[q] > first ? sizes[q] - first : 0;

		counts[q] = (int)(left < room ? left : room);
	}
}

static void pack_round(const unsigned char *out, unsigned char *buffer, const size_t *sizes,
	const int *counts, size_t size, size_t first)
{
	for (size_t q = 0; q < size; out += sizes[q], buffer += counts[q++])
		if (counts[q])
			memcpy(buffer, out + first, (size_t)counts[q]);
}

static void unpack_round(unsigned char *in, const unsigned char *buffer, const size_t *sizes,
	const int *counts, size_t size, size_t first)
{
	for (size_t q = 0; q < size; in += sizes[q], buffer += counts[q++])
		if (counts[q])
			memcpy(in + first, buffer, (size_t)counts[q]);
}

struct swap {
	const unsigned char *out;
	unsigned char *in;
	const size_t *out_sizes, *in_sizes; /* (size) */
};

/* A buffer of a round. */
enum { ROUND_BYTES = 1 << 26 };

/* Between each two ranks, `room` bytes go in a round, and `pair` in all. */
static gf_status swap_rounds(gf_comm *c, const struct swap *s, size_t pair, size_t room,
	unsigned char *out, unsigned char *in)
{
	int *const out_counts = c->counts, *const in_counts = c->counts + c->size;

	for (size_t first = 0; first < pair; first += room) {
		count_round(s->out_sizes, out_counts, c->size, first, room);
		count_round(s->in_sizes, in_counts, c->size, first, room);
		pack_round(s->out, out, s->out_sizes, out_counts, c->size, first);
		TRY(swap_once(c, out, in));
		unpack_round(s->in, in, s->in_sizes, in_counts, c->size, first);
	}
	return GF_OK;
}

/* Too many bytes for one exchange go in rounds, through buffers: what MPI sends at once must lie
 * within the reach of an int. */
static gf_status swap_in_rounds(gf_comm *c, const struct swap *s, size_t pair)
{
	const size_t bytes = c->piece < ROUND_BYTES ? c->piece : ROUND_BYTES;
	const size_t room = bytes / c->size ? bytes / c->size : 1;
	unsigned char *const out = malloc(room * c->size), *const in = malloc(room * c->size);
	gf_status status;

	if (out && in)
		status = swap_rounds(c, s, pair, room, out, in);
	else
		status = comm_end_memory(c, 2 * room * c->size);
	free(in);
	free(out);
	return status;
}

/* The most bytes that a rank gives or gets, and the most between two ranks. */
static void swap_largest(const gf_comm *c, size_t *bytes, size_t *pair)
{
	*bytes = *pair = 0;
	for (size_t r = 0; r < c->size; r++) {
		*bytes = c->records[r].bytes > *bytes ? c->records[r].bytes : *bytes;
		*pair = c->records[r].pair > *pair ? c->records[r].pair : *pair;
	}
}

/* Each rank's sizes of out, then of in, of all ranks: tables (size, 2, size).  Names the first two
 * ranks that disagree. */
static gf_status name_unequal(gf_comm *c, const uint64_t *tables)
{
	const size_t size = c->size;

	for (size_t r = 0; r < size; r++)
		for (size_t q = 0; q < size; q++) {
			const uint64_t given = tables[2 * r * size + q];
			const uint64_t got = tables[(2 * q + 1) * size + r];

			if (given != got)
				return comm_end(c, COMM_ENDED, GF_E_RANK,
					"exchange %" PRIu64 " (%s): %s gives %" PRIu64
					" bytes to %s, which waits for %" PRIu64 ": " COMM_WANTED,
					c->call, c->what, comm_rank_text(c, r).text, given,
					comm_rank_text(c, q).text, got);
		}
	return GF_OK; /* not reached, unless different sizes have one hash */
}

/* The hashes of what ranks give and of what they get cancel only if both agree.  If they do not,
 * all ranks show each other their sizes. */
static gf_status check_swap(gf_comm *c, const struct swap *s)
{
	const size_t size = c->size, bytes = 2 * size * sizeof(uint64_t);
	uint64_t balance = 0, *tables;
	size_t *sizes;
	gf_status status;

	for (size_t r = 0; r < size; r++)
		balance += c->records[r].sizes;
	if (balance == 0)
		return GF_OK;
	tables = calloc(size, bytes);
	sizes = calloc(size, sizeof *sizes);
	if (tables && sizes) {
		for (size_t q = 0; q < size; q++) {
			sizes[q] = bytes;
			tables[2 * c->rank * size + q] = s->out_sizes[q];
			tables[(2 * c->rank + 1) * size + q] = s->in_sizes[q];
		}
		status = comm_gather_pieces(c, sizes, (unsigned char *)tables);
		if (!status)
			status = name_unequal(c, tables);
	} else {
		status = comm_end_memory(c, size * bytes);
	}
	free(sizes);
	free(tables);
	return status;
}

gf_status comm_swap(gf_comm *c, const char *what, const void *out, const size_t *out_sizes,
	void *in, const size_t *in_sizes, gf_error *err)
{
	const struct swap s = {out, in, out_sizes, in_sizes};
	const size_t rank = comm_rank(c), size = comm_size(c);
	const size_t given = comm_bytes_before(out_sizes, size),
		     got = comm_bytes_before(in_sizes, size);
	struct comm_record record = {.kind = COMM_SWAP, .bytes = given > got ? given : got};
	size_t bytes, pair;
	gf_status status;

	if (size <= 1) {
		if (given)
			memcpy(in, out, given);
		return GF_OK;
	}
	for (size_t q = 0; q < size; q++) {
		record.sizes += size_hash(rank, q, out_sizes[q]) - size_hash(q, rank, in_sizes[q]);
		record.pair = out_sizes[q] > record.pair ? out_sizes[q] : record.pair;
	}
	c->what = what;
	TRY(comm_meet(c, &record, err));
	status = check_swap(c, &s);
	swap_largest(c, &bytes, &pair);
	if (!status && bytes <= c->piece) {
		count_round(out_sizes, c->counts, size, 0, bytes);
		count_round(in_sizes, c->counts + size, size, 0, bytes);
		status = swap_once(c, out, in);
	} else if (!status) {
		status = swap_in_rounds(c, &s, pair);
	}
	return status ? comm_report(c, err) : GF_OK;
}
