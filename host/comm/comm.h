/*
 * comm.h: how bits move between ranks.
 *
 * Numbers are added by no one on the way.  All ranks make the same calls in the same order; a call
 * that differs on one of them fails on all of them and names the rank.  NULL is a rank that is
 * alone: each call gives it what it gave.
 */
#ifndef GF_COMM_H
#define GF_COMM_H

#include "gpufitcl_comm.h"

static inline size_t comm_rank(const gf_comm *c)
{
	return gf_comm_rank(c);
}

static inline size_t comm_size(const gf_comm *c)
{
	return gf_comm_size(c);
}

/* Each rank r gives sizes[r] bytes, and all get them, one rank's behind another's: all (sum of
 * sizes).  mine may be their place in all.  what names the bytes in messages, as "gradient"; it is
 * a string literal.  GF_E_RANK, or the status of a rank that failed. */
gf_status comm_gather(gf_comm *c, const char *what, const void *mine, const size_t *sizes,
	void *all, gf_error *err);

/* Gathers as many bytes of each rank: all (R, bytes).  Fails as comm_gather. */
gf_status comm_gather_each(
	gf_comm *c, const char *what, const void *mine, size_t bytes, void *all, gf_error *err);

/* The bytes of rank 0 at `at` go to all ranks, to `at`.  Fails as comm_gather. */
gf_status comm_share(gf_comm *c, const char *what, void *at, size_t bytes, gf_error *err);

/* This rank gives out_sizes[q] bytes to each rank q, one behind another in `out`, and gets
 * in_sizes[q] from each, in the same way.  out and in do not overlap.  Fails as comm_gather. */
gf_status comm_swap(gf_comm *c, const char *what, const void *out, const size_t *out_sizes,
	void *in, const size_t *in_sizes, gf_error *err);

#endif
