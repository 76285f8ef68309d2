/*
 * division.h: which blocks of rows each rank sums, and whether a sum is worth its messages, by the
 * times of the sums before it.
 *
 *	R ranks
 *
 * All ranks note the same times, and so decide alike.
 */
#ifndef GF_DIVISION_H
#define GF_DIVISION_H

#include "subtrees.h"

/* What a rank tells of a sum. */
struct rank_times {
	double seconds;  /* that it took for its blocks */
	double blocks;   /* 0: it had none */
	double messages; /* seconds of the exchange before, waiting included */
};

/* How sums are shared, while that is found out. */
enum phase { TRIES_SHARED, TRIES_WHOLE, DECIDED };

struct division {
	size_t ranks;
	double *shares;          /* owned; (R) of the blocks, in any unit */
	struct rank_times *sums; /* owned; (R) since shares were compared */
	double deal_seconds;     /* until they are compared next */

	enum phase phase;
	size_t trials, tried_blocks; /* in this phase; blocks of the sums that are tried */
	double shared_seconds, whole_seconds, message_seconds; /* the least of the trials */
	size_t least_blocks; /* of a sum that is shared, once DECIDED */
};

/* Returns -1 if memory runs out; it is to be freed then, too. */
int division_new(struct division *d, size_t ranks);
void division_free(struct division *d);

/* Returns 1 if ranks tell each other about a sum of so many blocks; 0: each takes it alone. */
int division_shares(const struct division *d, size_t blocks);

/* Returns 1 if each rank takes all of so many blocks, as a trial. */
int division_is_whole(const struct division *d, size_t blocks);

/* Sets the subtrees of so many blocks that rank r takes, at most SUBTREES_MOST, and returns how
 * many they are. */
size_t division_cut(const struct division *d, size_t blocks, size_t r, struct subtree *trees);

/* Notes what all ranks told (R) of a sum of so many blocks. */
void division_note(struct division *d, const struct rank_times *tallies, size_t blocks);

/* Describes how a step of so many blocks is divided. */
void division_describe(const struct division *d, size_t blocks, char *text, size_t size);

#endif
