/* division.c: how sums are divided among ranks, by the times of the sums before. */
#include "division.h"
#include "sum_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The least time of so many sums counts. */
enum { TRIALS = 3 };

/* A share that takes longer is clearly worth messages that take less. */
#define CLEAR_SECONDS 2e-3

/* Shares are dealt anew if the slowest rank was that much slower than the mean, after so many
 * seconds of sums; then after twice as many, since a new division of rows costs time, too. */
#define UNEVEN            1.1
#define DEAL_SECONDS      0.25
#define DEAL_SECONDS_MOST 60.0
#define LEAST_SHARE       0.02 /* of a rank's fair part, so that its speed stays known */

int division_new(struct division *d, size_t ranks)
{
	size_t r;

	*d = (struct division){.ranks = ranks, .deal_seconds = DEAL_SECONDS};
	d->shares = malloc(ranks * sizeof *d->shares);
	d->sums = calloc(ranks, sizeof *d->sums);
	for (r = 0; d->shares && r < ranks; r++)
		d->shares[r] = 1.0;
	return d->shares && d->sums ? 0 : -1;
}

void division_free(struct division *d)
{
	free(d->shares);
	free(d->sums);
}

int division_shares(const struct division *d, size_t blocks)
{
	return d->phase != DECIDED || blocks >= d->least_blocks;
}

int division_is_whole(const struct division *d, size_t blocks)
{
	return d->phase == TRIES_WHOLE && blocks == d->tried_blocks;
}

size_t division_cut(const struct division *d, size_t blocks, size_t r, struct subtree *trees)
{
	if (division_is_whole(d, blocks))
		return subtrees_cut(0, blocks, blocks, trees);
	return subtrees_cut(subtrees_bound(blocks, d->ranks, d->shares, r),
		subtrees_bound(blocks, d->ranks, d->shares, r + 1), blocks, trees);
}

/* ---- whether a sum is shared ---- */

static double lesser(double a, double b)
{
	return a < b ? a : b;
}

/* Returns the seconds of the slowest rank. */
static double slowest(const struct division *d, const struct rank_times *tallies)
{
	double seconds = 0.0;
	size_t r;

	for (r = 0; r < d->ranks; r++)
		seconds = tallies[r].seconds > seconds ? tallies[r].seconds : seconds;
	return seconds;
}

/* Returns the seconds of the exchange before for the rank that came last, which did not wait. */
static double without_waiting(const struct division *d, const struct rank_times *tallies)
{
	double seconds = tallies[0].messages;
	size_t r;

	for (r = 1; r < d->ranks; r++)
		seconds = lesser(seconds, tallies[r].messages);
	return seconds;
}

/* Decides from how many blocks on sums are shared: where what is saved, which grows with the
 * blocks, exceeds what messages cost. */
static void decide(struct division *d)
{
	const double saved = d->whole_seconds - d->shared_seconds;
	const double blocks = (double)d->tried_blocks;

	d->phase = DECIDED;
	if (saved > d->message_seconds)
		d->least_blocks = (size_t)(blocks * d->message_seconds / saved) + 1;
	else
		d->least_blocks = 2 * d->tried_blocks;
}

static void end_shared_trials(struct division *d)
{
	if (d->shared_seconds < CLEAR_SECONDS || d->shared_seconds < d->message_seconds) {
		d->phase = TRIES_WHOLE;
		d->trials = 0;
		return;
	}
	d->whole_seconds = d->shared_seconds * (double)d->ranks;
	decide(d);
}

/* The first sum only tells how many blocks are tried: the exchange before it is none. */
static int is_trial(struct division *d, size_t blocks)
{
	const int is_first = d->tried_blocks == 0;

	if (is_first)
		d->tried_blocks = blocks;
	return !is_first && d->phase != DECIDED && blocks == d->tried_blocks;
}

static void note_least(const struct division *d, double *least, double seconds)
{
	*least = d->trials ? lesser(*least, seconds) : seconds;
}

/* Takes the times of a sum that is tried. */
static void note_trial(struct division *d, const struct rank_times *tallies)
{
	const int whole = d->phase == TRIES_WHOLE;

	note_least(d, whole ? &d->whole_seconds : &d->shared_seconds, slowest(d, tallies));
	if (!whole)
		note_least(d, &d->message_seconds, without_waiting(d, tallies));
	if (++d->trials < TRIALS)
		return;
	if (whole)
		decide(d);
	else
		end_shared_trials(d);
}

/* ---- shares ---- */

/* Returns 1 if the slowest rank took clearly longer than the mean since shares were dealt. */
static int is_uneven(const struct division *d)
{
	double most = 0.0, all = 0.0;
	size_t r;

	for (r = 0; r < d->ranks; r++) {
		most = d->sums[r].seconds > most ? d->sums[r].seconds : most;
		all += d->sums[r].seconds;
	}
	return most > UNEVEN * all / (double)d->ranks;
}

/* Shares become the speeds, in blocks a second, relative to their mean. */
static void deal(struct division *d)
{
	double all = 0.0;
	size_t r;

	for (r = 0; r < d->ranks; r++)
		if (!(d->sums[r].seconds > 0.0 && d->sums[r].blocks > 0.0))
			return;
	for (r = 0; r < d->ranks; r++) {
		d->shares[r] = d->sums[r].blocks / d->sums[r].seconds;
		all += d->shares[r];
	}
	for (r = 0; r < d->ranks; r++) {
		d->shares[r] *= (double)d->ranks / all;
		if (d->shares[r] < LEAST_SHARE)
			d->shares[r] = LEAST_SHARE;
	}
	if (d->deal_seconds < DEAL_SECONDS_MOST)
		d->deal_seconds *= 2.0;
}

static void note_speeds(struct division *d, const struct rank_times *tallies)
{
	double most = 0.0;
	size_t r;

	for (r = 0; r < d->ranks; r++) {
		d->sums[r].seconds += tallies[r].seconds;
		d->sums[r].blocks += tallies[r].blocks;
		most = d->sums[r].seconds > most ? d->sums[r].seconds : most;
	}
	if (most < d->deal_seconds)
		return;
	if (is_uneven(d))
		deal(d);
	memset(d->sums, 0, d->ranks * sizeof *d->sums);
}

/* ---- both ---- */

void division_note(struct division *d, const struct rank_times *tallies, size_t blocks)
{
	const int whole = division_is_whole(d, blocks);

	if (is_trial(d, blocks))
		note_trial(d, tallies);
	if (!whole)
		note_speeds(d, tallies);
}

void division_describe(const struct division *d, size_t blocks, char *text, size_t size)
{
	if (division_shares(d, blocks))
		snprintf(text, size, "%zu share the %zu blocks of 64 rows of a step", d->ranks,
			blocks);
	else
		snprintf(text, size,
			"each of %zu takes whole steps, in %.2g ms: a share takes %.2g ms and its "
			"messages %.2g ms",
			d->ranks, 1e3 * d->whole_seconds, 1e3 * d->shared_seconds,
			1e3 * d->message_seconds);
}
