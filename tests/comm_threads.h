/*
 * comm_threads.h: ranks that are threads of the test, so that what runs above MPI runs under
 * sanitizers and without MPI.
 */
#ifndef GF_COMM_THREADS_H
#define GF_COMM_THREADS_H

#include "comm.h"

enum { RANKS_MOST = 16 };

/* What one rank does, on a thread of its own.  It must not assert, as cmocka leaves a failed test
 * by longjmp: it stores what it finds in user, and the test asserts once all threads have ended.
 * It leaves closing c to the caller. */
typedef void rank_work(gf_comm *c, void *user);

/* A bit that a memory at fault flips: the lowest one of a byte that a rank takes from another. */
struct flipped_bit {
	size_t rank, place;
	size_t least; /* bytes of the first message in which it happens; 0: it does not happen */
};

struct ranks {
	double rank_timeout;  /* 0: 300 */
	double printed_after; /* 0: as comm_new sets it */
	size_t piece;         /* bytes that one exchange moves at most; 0: TRANSPORT_PIECE */
	struct flipped_bit flipped;
};

/* Does nothing until another rank ends all, as mpirun ends a process that is stopped. */
void rank_hangs(gf_comm *c);

/* Runs work on `size` ranks, and returns when all have returned: the code with which
 * one ended all, or 0. */
int run_ranks(size_t size, const struct ranks *ranks, rank_work *work, void *user);

#endif
