/*
 * exchange.h: sums over rows that the ranks of a training share.
 *
 * Each rank sums some subtrees of the order of sums (subtrees.h), their sums go to all ranks, and
 * each of them adds up the rest of the tree on the host; so it changes no bit how many ranks there
 * are, and which of them has which blocks.
 *
 * Who takes which blocks follows from the speeds of all ranks, and whether a sum is worth its
 * messages from the times of those before it.  These times travel with the sums, so that all ranks
 * decide alike.
 */
#ifndef GF_EXCHANGE_H
#define GF_EXCHANGE_H

#include "comm.h"
#include "subtrees.h"

struct exchange;

/* Fewer multiply-adds of the host take less than a millisecond: each rank does them all. */
#define EXCHANGE_HOST_WORK 0x1p18

/* What a sum consists of. */
struct sum_shape {
	size_t blocks;  /* of rows, of all ranks together */
	size_t numbers; /* of a sum */
	size_t size;    /* of a number: sizeof(float) or sizeof(double) */
};

/* comm is borrowed.  GF_E_MEMORY */
gf_status exchange_new(struct exchange **made, gf_comm *comm, gf_error *err);

/* x may be NULL. */
void exchange_free(struct exchange *x);

/* Returns 1 if the ranks share a sum of so many blocks; 0: each rank takes all of them, which is
 * faster. */
int exchange_shares(const struct exchange *x, size_t blocks);

/* Sums this rank's subtrees (count), of which there may be none, to sums (count, numbers). */
typedef gf_status sum_subtrees(
	void *user, const struct subtree *mine, size_t count, void *sums, gf_error *err);

/* Takes the sums of all ranks' subtrees to the sum (numbers) over all blocks: it is the same on all
 * ranks, and valid until the next call.  GF_E_MEMORY, and what comm_gather and `take` return */
gf_status exchange_take(struct exchange *x, const struct sum_shape *shape, sum_subtrees *take,
	void *user, const void **sum, gf_error *err);

/* ---- what exchange_take does, for a test that says how long sums took ---- */

/* Sets the subtrees of so many blocks that this rank takes, and returns how many they are. */
size_t exchange_mine(const struct exchange *x, size_t blocks, struct subtree *mine);

/* Sets *room to memory for the sums of this rank's subtrees, (subtrees, numbers), which is valid
 * until the next call.  GF_E_MEMORY */
gf_status exchange_room(
	struct exchange *x, const struct sum_shape *shape, void **room, gf_error *err);

/* Takes the sums in exchange_room, which took so many seconds, to the sum over all blocks. */
gf_status exchange_sum(struct exchange *x, const struct sum_shape *shape, double seconds,
	const void **sum, gf_error *err);

size_t exchange_ranks(const struct exchange *x);

/* Describes how the rows of a step, so many blocks, are shared. */
void exchange_describe(const struct exchange *x, size_t blocks, char *text, size_t size);

#endif
