/*
 * contest.h: several contestants do the same work in turns, so that a drift in the machine's
 * speed affects all of them; ratios are taken turn by turn.
 */
#ifndef GF_CONTEST_H
#define GF_CONTEST_H

#include "gpufitcl.h"

enum { TURNS_MOST = 9, REPEATS_MOST = 5, CONTESTANTS = 8 };

/* Does the work once, or part of it; seconds is the time of all of it. */
typedef gf_status take(void *self, double *seconds, gf_error *err);

struct contestant {
	const char *name;
	enum {
		OURS,
		LIMIT, /* the speed that there is to reach */
		BOUND, /* a limit that nothing can be faster than */
		PEER
	} role;
	take *take;
	void *self;
	double seconds[TURNS_MOST]; /* the best of each turn */
};

struct contest {
	size_t turns, count;
	struct contestant list[CONTESTANTS]; /* gpufit comes first */
};

void contest_add(struct contest *c, const char *name, int role, take *take, void *self);

/* A turn is the best of a few repeats, as other work on the machine only slows down.  A peer
 * that fails leaves the contest; the failure of another contestant ends it. */
gf_status contest_run(struct contest *c, gf_error *err);

struct spread {
	double low, median, high;
};

struct spread spread_of(const double *values, size_t count);

/* How many times as fast gpufit is as the other, turn by turn. */
struct spread contest_ahead(const struct contest *c, const struct contestant *other);

/* How far the turns of gpufit and of the other differ, added up, as a share of their times: a
 * smaller difference between the two is no difference. */
double contest_noise(const struct contest *c, const struct contestant *other);

/* Whether gpufit is faster than a BOUND by more than noise, so that the bound or the clock is
 * wrong.  A single turn does not tell. */
int contest_too_fast(const struct contest *c);

#endif
