/*
 * exchange.c: sums over rows that the ranks of a training share.
 *
 *	R ranks, S subtrees of all ranks, each with a sum of n numbers
 *
 * Where sums are small, all of them go to all ranks: S n numbers for each.  Where they are large,
 * a rank gets its slice of every sum, n / R numbers of each, and the finished slices go to all: about
 * (S / R + 1) n numbers for each.
 */
#include "exchange.h"
#include "clock.h"
#include "error.h"
#include "sum_order.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What travels with a sum. */
struct tally {
	double seconds;  /* that the rank took for its blocks */
	double blocks;   /* 0: it had none */
	double messages; /* seconds of the exchange before, waiting included */
};

enum { TALLY_BYTES = 64 /* in front of sums, which stay aligned */ };

/* How a sum is shared, while that is found out: the least time of TRIALS sums counts. */
enum phase { TRIES_SHARED, TRIES_ALONE, DECIDED };
enum { TRIALS = 3 };

/* A share that takes longer is clearly worth messages that take less. */
#define CLEAR_SECONDS 2e-3

/* Shares are dealt anew if the slowest rank was that much slower than the mean, after so many
 * seconds of sums. */
#define UNEVEN       1.1
#define DEAL_SECONDS 0.25
#define LEAST_SHARE  0.02 /* of a rank's fair part, so that its speed stays known */

struct room {
	char *at; /* owned */
	size_t bytes;
};

struct exchange {
	gf_comm *comm; /* borrowed */
	size_t rank, ranks;
	double *shares;        /* owned; (R) of the blocks */
	struct tally *tallies; /* owned; (R) of the last sum */
	struct tally *sums;    /* owned; (R) since shares were dealt */

	enum phase phase;
	size_t trials, tried_blocks; /* in this phase; blocks of the sums that are tried */
	double shared_seconds, alone_seconds, message_seconds; /* the least of the trials */
	double messages;                                       /* seconds of this rank's last */
	size_t least_blocks; /* of a sum that is shared, once DECIDED */

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

	x->shares = malloc(R * sizeof *x->shares);
	x->tallies = calloc(R, sizeof *x->tallies);
	x->sums = calloc(R, sizeof *x->sums);
	x->trees = malloc(S * sizeof *x->trees);
	x->joins = malloc(S * sizeof *x->joins);
	x->nodes = malloc(S * sizeof *x->nodes);
	x->counts = malloc(R * sizeof *x->counts);
	x->out_sizes = malloc(R * sizeof *x->out_sizes);
	x->in_sizes = malloc(R * sizeof *x->in_sizes);
	return x->shares && x->tallies && x->sums && x->trees && x->joins && x->nodes &&
	       x->counts && x->out_sizes && x->in_sizes;
}

gf_status exchange_new(struct exchange **made, gf_comm *comm, gf_error *err)
{
	struct exchange *x = calloc(1, sizeof *x);
	size_t r;

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
	for (r = 0; r < x->ranks; r++)
		x->shares[r] = 1.0;
	return GF_OK;
}

void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	free(x->shares);
	free(x->tallies);
	free(x->sums);
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
	return x->phase != DECIDED || blocks >= x->least_blocks;
}

/* Each rank takes all blocks while that is tried. */
static int is_alone(const struct exchange *x, size_t blocks)
{
	return x->phase == TRIES_ALONE && blocks == x->tried_blocks;
}

/* Sets the subtrees of rank r, and returns how many they are. */
static size_t cut(const struct exchange *x, size_t blocks, size_t r, struct subtree *trees)
{
	if (is_alone(x, blocks))
		return subtrees_cut(0, blocks, blocks, trees);
	return subtrees_cut(subtrees_bound(blocks, x->ranks, x->shares, r),
		subtrees_bound(blocks, x->ranks, x->shares, r + 1), blocks, trees);
}

size_t exchange_mine(const struct exchange *x, size_t blocks, struct subtree *mine)
{
	return cut(x, blocks, x->rank, mine);
}

/* Sets the subtrees of all ranks, and returns how many they are. */
static size_t cut_all(struct exchange *x, size_t blocks)
{
	size_t r, count = 0;

	for (r = 0; r < x->ranks; r++) {
		x->counts[r] = cut(x, blocks, r, x->trees + count);
		count += x->counts[r];
	}
	return count;
}

gf_status exchange_room(
	struct exchange *x, const struct sum_shape *shape, void **room, gf_error *err)
{
	const size_t all = cut_all(x, shape->blocks), mine = x->counts[x->rank];

	(void)all;
	TRY(need(&x->mine, TALLY_BYTES + mine * shape->numbers * shape->size, err));
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

static struct tally tally_of(
	const struct exchange *x, const struct sum_shape *shape, double seconds)
{
	const struct subtree *trees = x->trees;
	double blocks = 0.0;
	size_t r, i, end;

	for (r = 0; r < x->rank; r++)
		trees += x->counts[r];
	for (i = 0; i < x->counts[x->rank]; i++) {
		end = trees[i].first + trees[i].blocks;
		blocks += (double)((end < shape->blocks ? end : shape->blocks) - trees[i].first);
	}
	return (struct tally){seconds, blocks, x->messages};
}

/* Gathers a tally of each rank with bytes[r] bytes behind it.  `from` has room for the tally. */
static gf_status gather(struct exchange *x, const struct tally *tally, char *from,
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
	const struct tally *tally, gf_error *err)
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
static gf_status sum_alone(struct exchange *x, const struct tally *tally, gf_error *err)
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
	const struct tally *tally, gf_error *err)
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

/* ---- what the times say ---- */

static double lesser(double a, double b)
{
	return a < b ? a : b;
}

/* Returns the seconds of the slowest rank. */
static double slowest(const struct exchange *x)
{
	double seconds = 0.0;
	size_t r;

	for (r = 0; r < x->ranks; r++)
		seconds = x->tallies[r].seconds > seconds ? x->tallies[r].seconds : seconds;
	return seconds;
}

/* Returns the seconds of the exchange before for the rank that came last, which did not wait. */
static double without_waiting(const struct exchange *x)
{
	double seconds = x->tallies[0].messages;
	size_t r;

	for (r = 1; r < x->ranks; r++)
		seconds = lesser(seconds, x->tallies[r].messages);
	return seconds;
}

/* Decides from how many blocks on sums are shared: where what is saved, which grows with the
 * blocks, exceeds what messages cost. */
static void decide(struct exchange *x)
{
	const double saved = x->alone_seconds - x->shared_seconds;
	const double blocks = (double)x->tried_blocks;

	x->phase = DECIDED;
	if (saved > x->message_seconds)
		x->least_blocks = (size_t)(blocks * x->message_seconds / saved) + 1;
	else
		x->least_blocks = 2 * x->tried_blocks;
}

static void end_shared_trials(struct exchange *x)
{
	if (x->shared_seconds < CLEAR_SECONDS || x->shared_seconds < x->message_seconds) {
		x->phase = TRIES_ALONE;
		x->trials = 0;
		return;
	}
	x->alone_seconds = x->shared_seconds * (double)x->ranks;
	decide(x);
}

/* Takes the time of a sum that is tried.  In the first exchange of all there is none before. */
static void note_trial(struct exchange *x, size_t blocks)
{
	const int alone = x->phase == TRIES_ALONE;
	double *seconds = alone ? &x->alone_seconds : &x->shared_seconds;

	if (x->phase == DECIDED || (x->tried_blocks && blocks != x->tried_blocks))
		return;
	if (!x->tried_blocks) {
		x->tried_blocks = blocks;
		x->trials = 0;
		return;
	}
	*seconds = x->trials ? lesser(*seconds, slowest(x)) : slowest(x);
	if (!alone)
		x->message_seconds = x->trials ? lesser(x->message_seconds, without_waiting(x))
					       : without_waiting(x);
	if (++x->trials < TRIALS)
		return;
	if (alone)
		decide(x);
	else
		end_shared_trials(x);
}

/* Returns 1 if the slowest rank took clearly longer than the mean since shares were dealt. */
static int is_uneven(const struct exchange *x)
{
	double most = 0.0, all = 0.0;
	size_t r;

	for (r = 0; r < x->ranks; r++) {
		most = x->sums[r].seconds > most ? x->sums[r].seconds : most;
		all += x->sums[r].seconds;
	}
	return most > UNEVEN * all / (double)x->ranks;
}

/* Shares become the speeds, in blocks a second, relative to their mean. */
static void deal(struct exchange *x)
{
	double all = 0.0;
	size_t r;

	for (r = 0; r < x->ranks; r++)
		if (!(x->sums[r].seconds > 0.0 && x->sums[r].blocks > 0.0))
			return;
	for (r = 0; r < x->ranks; r++) {
		x->shares[r] = x->sums[r].blocks / x->sums[r].seconds;
		all += x->shares[r];
	}
	for (r = 0; r < x->ranks; r++) {
		x->shares[r] *= (double)x->ranks / all;
		if (x->shares[r] < LEAST_SHARE)
			x->shares[r] = LEAST_SHARE;
	}
}

static void note_speeds(struct exchange *x)
{
	double most = 0.0;
	size_t r;

	for (r = 0; r < x->ranks; r++) {
		x->sums[r].seconds += x->tallies[r].seconds;
		x->sums[r].blocks += x->tallies[r].blocks;
		most = x->sums[r].seconds > most ? x->sums[r].seconds : most;
	}
	if (most < DEAL_SECONDS)
		return;
	if (is_uneven(x))
		deal(x);
	memset(x->sums, 0, x->ranks * sizeof *x->sums);
}

/* ---- a sum ---- */

static gf_status exchange_sums(struct exchange *x, const struct sum_shape *shape, double seconds,
	size_t count, gf_error *err)
{
	const struct tally tally = tally_of(x, shape, seconds);
	const double start = clock_seconds();

	if (is_alone(x, shape->blocks))
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
	const int alone = is_alone(x, shape->blocks);

	TRY(exchange_sums(x, shape, seconds, count, err));
	*sum = x->nodes[0];
	note_trial(x, shape->blocks);
	if (!alone)
		note_speeds(x);
	return GF_OK;
}

size_t exchange_ranks(const struct exchange *x)
{
	return x->ranks;
}

void exchange_describe(const struct exchange *x, size_t blocks, char *text, size_t size)
{
	if (exchange_shares(x, blocks))
		snprintf(text, size, "%zu share the %zu blocks of 64 rows of a step", x->ranks,
			blocks);
	else
		snprintf(text, size,
			"each of %zu takes whole steps, in %.2g ms: a share takes %.2g ms and its "
			"messages %.2g ms",
			x->ranks, 1e3 * x->alone_seconds, 1e3 * x->shared_seconds,
			1e3 * x->message_seconds);
}
