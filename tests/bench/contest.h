/*
 * contest.h: several that do the same work take turns, so that a machine whose speed drifts moves
 * them all; ratios are taken turn by turn.
 */
#ifndef GF_CONTEST_H
#define GF_CONTEST_H

#include "gpufitcl.h"

enum { TURNS_MOST = 9, REPEATS_MOST = 5, CONTESTANTS = 8 };

/* Does the work once; seconds that it took, or would have taken for all of it. */
typedef gf_status take(void *self, double *seconds, gf_error *err);

struct contestant {
	const char *name;
	enum {
		OURS,
		LIMIT, /* what there is to reach */
		BOUND, /* a limit that nothing can be faster than */
		PEER
	} role;
	take *take;
	void *self;
	double seconds[TURNS_MOST]; /* of each turn the best */
};

struct contest {
	size_t turns, count;
	struct contestant list[CONTESTANTS]; /* ours first */
};

void contest_add(struct contest *c, const char *name, int role, take *take, void *self);

/* A turn is a few repeats, and their best: what else runs on the machine only slows down.  A peer
 * that fails is out; whoever else fails ends it. */
gf_status contest_run(struct contest *c, gf_error *err);

struct spread {
	double low, median, high;
};

struct spread spread_of(const double *values, size_t count);

/* How many times as fast ours is as the other, turn by turn. */
struct spread contest_ahead(const struct contest *c, const struct contestant *other);

/* How far turns of the same work were apart here, ours and the other's together, as a share of
 * them: a difference that is not larger says nothing. */
double contest_noise(const struct contest *c, const struct contestant *other);

/* 1 where ours is faster than a BOUND by more than noise, so that the bound or the clock is wrong.
 * One turn alone says nothing of noise. */
int contest_too_fast(const struct contest *c);

#endif
