/*
 * exchange.c: sums over rows that the ranks of a training share.
 *
 *	R ranks, S subtrees of all ranks, each with a sum of n numbers
 *
 * Where sums are small, all of them go to all ranks: S n numbers for each.  Where they are large, a
 * rank gets its slice of every sum, n / R numbers of each, and the finished slices go to all: about
 * (S / R + 1) n numbers for each.
 */
#include "exchange.h"
#include "clock.h"
#include "division.h"
#include "error.h"
#include "sum_order.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TALLY_BYTES = 64 /* in front of sums, which stay aligned */ };

struct room {
	char *at; /* owned */
	size_t bytes;
};

struct exchange {
	gf_comm *comm; /* borrowed */
	size_t rank, ranks;
	struct division division;
	struct rank_times *tallies; /* owned; (R) of the last sum */
	double messages;            /* seconds of the last exchange */

	struct subtree *trees; /* owned; (R, SUBTREES_MOST), those of all ranks in their order */
	struct subtree_join *joins;   /* owned; as many */
	char **nodes;                 /* owned; as many: where the sum of each subtree is */
	size_t *counts;               /* owned; (R) subtrees of each rank */
	size_t *out_sizes, *in_sizes; /* owned; (R) bytes */
	struct room mine, out, in, sum;
};

/* ---- new and free ---- */

static int allocate(struct exchange *x)
{
	const size_t R = x->ranks, S = R * SUBTREES_MOST;

	x->tallies = calloc(R, sizeof *x->tallies);
	x->trees = malloc(S * sizeof *x->trees);
	x->joins = malloc(S * sizeof *x->joins);
	x->nodes = malloc(S * sizeof *x->nodes);
	x->counts = malloc(R * sizeof *x->counts);
	x->out_sizes = malloc(R * sizeof *x->out_sizes);
	x->in_sizes = malloc(R * sizeof *x->in_sizes);
	return !division_new(&x->division, R) && x->tallies && x->trees && x->joins && x->nodes &&
	       x->counts && x->out_sizes && x->in_sizes;
}

gf_status exchange_new(struct exchange **made, gf_comm *comm, gf_error *err)
{
	struct exchange *x = calloc(1, sizeof *x);

	*made = x;
	if (x) {
		x->comm = comm;
		x->rank = comm_rank(comm);
		x->ranks = comm_size(comm);
	}
	if (!x || !allocate(x)) {
		exchange_free(x);
		*made = NULL;
		return gf_fail_memory(err, sizeof *x, "an exchange between ranks");
	}
	return GF_OK;
}

void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	division_free(&x->division);
	free(x->tallies);
	free(x->trees);
	free(x->joins);
	free(x->nodes);
	free(x->counts);
	free(x->out_sizes);
	free(x->in_sizes);
	free(x->mine.at);
	free(x->out.at);
	free(x->in.at);
	free(x->sum.at);
	free(x);
}

static gf_status need(struct room *room, size_t bytes, gf_error *err)
{
	if (bytes <= room->bytes)
		return GF_OK;
	free(room->at);
	*room = (struct room){malloc(bytes), bytes};
	if (room->at)
		return GF_OK;
	room->bytes = 0;
	return gf_fail_memory(err, bytes, "sums that ranks exchange");
}

/* ---- who takes what ---- */

int exchange_shares(const struct exchange *x, size_t blocks)
{
	return division_shares(&x->division, blocks);
}

size_t exchange_mine(const struct exchange *x, size_t blocks, struct subtree *mine)
{
	return division_cut(&x->division, blocks, x->rank, mine);
}

/* Sets the subtrees of all ranks, and returns how many they are. */
static size_t cut_all(struct exchange *x, size_t blocks)
{
	size_t r, count = 0;

	for (r = 0; r < x->ranks; r++) {
		x->counts[r] = division_cut(&x->division, blocks, r, x->trees + count);
		count += x->counts[r];
	}
	return count;
}

gf_status exchange_room(
	struct exchange *x, const struct sum_shape *shape, void **room, gf_error *err)
{
	struct subtree mine[SUBTREES_MOST];
	const size_t count = exchange_mine(x, shape->blocks, mine);

	TRY(need(&x->mine, TALLY_BYTES + count * shape->numbers * shape->size, err));
	*room = x->mine.at + TALLY_BYTES;
	return GF_OK;
}

/* ---- the tree ---- */

static void add_floats(float *to, const float *from, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		to[i] += from[i];
}

static void add_doubles(double *to, const double *from, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		to[i] += from[i];
}

/* Adds up `numbers` numbers of the sums of all subtrees (count), which are at x->nodes; the sum is
 * then at the first of them. */
static void add_up(struct exchange *x, size_t count, size_t numbers, size_t size)
{
	const size_t joins = subtrees_joins(x->trees, count, x->joins);
	size_t i;

	for (i = 0; i < joins; i++) {
		void *to = x->nodes[x->joins[i].to], *from = x->nodes[x->joins[i].from];

		if (size == sizeof(float))
			add_floats(to, from, numbers);
		else
			add_doubles(to, from, numbers);
	}
}

/* ---- messages ---- */

static struct rank_times tally_of(
	const struct exchange *x, const struct sum_shape *shape, double seconds)
{
	const struct subtree *trees = x->trees;
	double blocks = 0.0;
	size_t r, i;

	for (r = 0; r < x->rank; r++)
		trees += x->counts[r];
	for (i = 0; i < x->counts[x->rank]; i++)
		blocks += (double)subtree_part(&trees[i], 1, shape->blocks);
	return (struct rank_times){seconds, blocks, x->messages};
}

/* Gathers a tally of each rank with bytes[r] bytes behind it.  `from` has room for the tally. */
static gf_status gather(struct exchange *x, const struct rank_times *tally, char *from,
	const size_t *bytes, gf_error *err)
{
	size_t r, all = 0;
	char *at;

	for (r = 0; r < x->ranks; r++) {
		x->in_sizes[r] = TALLY_BYTES + bytes[r];
		all += x->in_sizes[r];
	}
	TRY(need(&x->in, all, err));
	memset(from, 0, TALLY_BYTES);
	memcpy(from, tally, sizeof *tally);
	TRY(comm_gather(x->comm, "sums", from, x->in_sizes, x->in.at, err));
	for (r = 0, at = x->in.at; r < x->ranks; at += x->in_sizes[r++])
		memcpy(&x->tallies[r], at, sizeof *tally);
	return GF_OK;
}

/* All sums go to all ranks. */
static gf_status sum_whole(struct exchange *x, const struct sum_shape *shape, size_t count,
	const struct rank_times *tally, gf_error *err)
{
	const size_t bytes = shape->numbers * shape->size;
	size_t r, i, s = 0;
	char *at;

	for (r = 0; r < x->ranks; r++)
		x->out_sizes[r] = x->counts[r] * bytes;
	TRY(gather(x, tally, x->mine.at, x->out_sizes, err));
	for (r = 0, at = x->in.at; r < x->ranks; r++)
		for (i = 0, at += TALLY_BYTES; i < x->counts[r]; i++, at += bytes)
			x->nodes[s++] = at;
	add_up(x, count, shape->numbers, shape->size);
	return GF_OK;
}

/* Each rank keeps the sum of its own blocks, which are all, and tells its tally. */
static gf_status sum_alone(struct exchange *x, const struct rank_times *tally, gf_error *err)
{
	char header[TALLY_BYTES];
	size_t r;

	for (r = 0; r < x->ranks; r++)
		x->out_sizes[r] = 0;
	TRY(gather(x, tally, header, x->out_sizes, err));
	x->nodes[0] = x->mine.at + TALLY_BYTES;
	return GF_OK;
}

/* Returns the first number of the slice of rank r. */
static size_t slice(const struct exchange *x, size_t numbers, size_t r)
{
	return r >= x->ranks ? numbers : numbers / SUM_LANES * r / x->ranks * SUM_LANES;
}

/* Packs the slices of this rank's sums, those of rank 0 first. */
static gf_status pack(struct exchange *x, const struct sum_shape *shape, gf_error *err)
{
	const size_t mine = x->counts[x->rank], bytes = shape->numbers * shape->size;
	char *to;
	size_t r, i;

	TRY(need(&x->out, TALLY_BYTES + mine * bytes + bytes, err));
	to = x->out.at;
	for (r = 0; r < x->ranks; r++) {
		const size_t first = slice(x, shape->numbers, r) * shape->size;
		const size_t length = slice(x, shape->numbers, r + 1) * shape->size - first;

		for (i = 0; i < mine; i++, to += length)
			memcpy(to, x->mine.at + TALLY_BYTES + i * bytes + first, length);
		x->out_sizes[r] = mine * length;
	}
	return GF_OK;
}

/* Gets this rank's slice of all sums, and adds it up; *sum: its place. */
static gf_status sum_slice(
	struct exchange *x, const struct sum_shape *shape, size_t count, char **sum, gf_error *err)
{
	const size_t first = slice(x, shape->numbers, x->rank);
	const size_t numbers = slice(x, shape->numbers, x->rank + 1) - first;
	const size_t length = numbers * shape->size;
	size_t r, i;

	TRY(pack(x, shape, err));
	TRY(need(&x->in, count * length + 1, err));
	for (r = 0; r < x->ranks; r++)
		x->in_sizes[r] = x->counts[r] * length;
	TRY(comm_swap(
		x->comm, "slices of sums", x->out.at, x->out_sizes, x->in.at, x->in_sizes, err));
	for (i = 0; i < count; i++)
		x->nodes[i] = x->in.at + i * length;
	add_up(x, count, numbers, shape->size);
	*sum = x->nodes[0];
	return GF_OK;
}

/* Each rank adds up a slice of the sums; the slices go to all ranks. */
static gf_status sum_slices(struct exchange *x, const struct sum_shape *shape, size_t count,
	const struct rank_times *tally, gf_error *err)
{
	char *sum, *at, *to;
	size_t r;

	TRY(sum_slice(x, shape, count, &sum, err));
	for (r = 0; r < x->ranks; r++)
		x->out_sizes[r] = (slice(x, shape->numbers, r + 1) - slice(x, shape->numbers, r)) *
				  shape->size;
	memcpy(x->out.at + TALLY_BYTES, sum, x->out_sizes[x->rank]);
	TRY(gather(x, tally, x->out.at, x->out_sizes, err));
	TRY(need(&x->sum, shape->numbers * shape->size, err));
	for (r = 0, at = x->in.at, to = x->sum.at; r < x->ranks; r++) {
		memcpy(to, at + TALLY_BYTES, x->out_sizes[r]);
		to += x->out_sizes[r];
		at += TALLY_BYTES + x->out_sizes[r];
	}
	x->nodes[0] = x->sum.at;
	return GF_OK;
}

/* A message more is worth that many bytes less. */
enum { WORTH_BYTES = 1 << 18 };

/* Returns 1 if slices move clearly fewer bytes. */
static int prefers_slices(const struct exchange *x, const struct sum_shape *shape, size_t count)
{
	const size_t bytes = shape->numbers * shape->size;
	const size_t whole = count * bytes, sliced = (count / x->ranks + 1) * bytes;

	return whole > sliced && whole - sliced > WORTH_BYTES;
}

/* ---- a sum ---- */

static gf_status exchange_sums(struct exchange *x, const struct sum_shape *shape, double seconds,
	size_t count, gf_error *err)
{
	const struct rank_times tally = tally_of(x, shape, seconds);
	const double start = clock_seconds();

	if (division_is_whole(&x->division, shape->blocks))
		TRY(sum_alone(x, &tally, err));
	else if (prefers_slices(x, shape, count))
		TRY(sum_slices(x, shape, count, &tally, err));
	else
		TRY(sum_whole(x, shape, count, &tally, err));
	x->messages = clock_seconds() - start;
	return GF_OK;
}

gf_status exchange_sum(struct exchange *x, const struct sum_shape *shape, double seconds,
	const void **sum, gf_error *err)
{
	const size_t count = cut_all(x, shape->blocks);

	TRY(exchange_sums(x, shape, seconds, count, err));
	*sum = x->nodes[0];
	division_note(&x->division, x->tallies, shape->blocks);
	return GF_OK;
}

gf_status exchange_take(struct exchange *x, const struct sum_shape *shape, sum_subtrees *take,
	void *user, const void **sum, gf_error *err)
{
	const double start = clock_seconds();
	struct subtree mine[SUBTREES_MOST];
	const size_t count = exchange_mine(x, shape->blocks, mine);
	void *sums;

	TRY(exchange_room(x, shape, &sums, err));
	TRY(take(user, mine, count, sums, err));
	return exchange_sum(x, shape, clock_seconds() - start, sum, err);
}

size_t exchange_ranks(const struct exchange *x)
{
	return x->ranks;
}

void exchange_describe(const struct exchange *x, size_t blocks, char *text, size_t size)
{
	division_describe(&x->division, blocks, text, size);
}
