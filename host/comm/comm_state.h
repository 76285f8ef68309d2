/*
 * comm_state.h: what the files of this folder share: the state of a gf_comm, and the record that
 * each rank shows to all others when it comes to an exchange.
 *
 *	comm_state.c	a gf_comm, its ranks, and what it ended with
 *	comm_watch.c	waiting for an exchange, and for ranks that do not come
 *	comm_pieces.c	bytes in as many exchanges of the transport as they take
 *	comm_records.c	records, and what they tell
 *	comm.c		the exchanges
 *	comm_fail.c	the end: ranks that fail, join and close
 *	comm_plugin.c	opens gpufit-mpi.so
 */
#ifndef GF_COMM_STATE_H
#define GF_COMM_STATE_H

#include "comm.h"
#include "transport.h"

/* What messages about ranks that differ end with. */
#define COMM_WANTED "wanted: the same program, options and data on all ranks"

enum comm_kind {
	COMM_GATHER,
	COMM_SWAP,
	COMM_JOIN,
	COMM_FAILED, /* the rank will make no further exchange */
};

enum {
	COMM_WHAT = 32,    /* room for what an exchange is for */
	COMM_INLINE = 960, /* bytes that a record has room for, so that one step exchanges them */
};

/* All ranks' records are gathered first, always in the same way, whatever their exchanges are: so
 * ranks that come to different exchanges find out, and MPI never sees sizes that do not fit. */
struct comm_record {
	uint64_t call; /* the number of the exchange, from 0 */
	uint32_t kind, status;
	uint64_t bytes; /* gather: that this rank gives; swap: the larger of its two sums */
	uint64_t pair;  /* swap: the largest number of bytes between two ranks */

	/* gather: a hash of all sizes, equal on all ranks.  swap: hashes of what it gives less
	 * hashes of what it gets, whose sum over the ranks is 0. */
	uint64_t sizes;
	char what[COMM_WHAT];
	unsigned char data[COMM_INLINE]; /* of a gather whose bytes fit on each rank */
};

enum comm_state {
	COMM_OPEN,
	COMM_FAILING, /* this rank has shown a record that says so, and the others may not know */
	COMM_ENDED,   /* an exchange failed, and all ranks know */
	COMM_LOST,    /* a rank did not come */
	COMM_JOINED,
};

struct gf_comm {
	struct transport *transport; /* owned */
	size_t rank, size;
	double timeout;       /* seconds */
	double printed_after; /* seconds that a rank that failed waits for rank 0 to print */
	size_t piece;         /* bytes that one exchange of the transport moves at most */

	enum comm_state state;
	gf_error verdict; /* if it is neither open nor joined */
	int tells;        /* this rank is to print the verdict */
	int leads;        /* it is the lowest of those that are there */
	int told;         /* it has done so before the others knew */

	const char *what;            /* borrowed: the exchange at hand, and its number */
	uint64_t call, stage;        /* stage: number of exchanges of the transport */
	struct comm_record *records; /* (size) */
	int *counts, *places;        /* (2 size): of out, then of in */
	unsigned char *heard;        /* (size): 1 if the rank waits, too */
	gf_comm_counters counters;
};

/* ---- comm_state.c ---- */

/* A transport, which it takes over, becomes a gf_comm. */
gf_status comm_new(
	gf_comm **out, struct transport *transport, const gf_comm_options *options, gf_error *err);

void comm_free(gf_comm *c);

/* Sets the verdict, unless there is one, and returns its status. */
gf_status comm_end(gf_comm *c, enum comm_state state, gf_status status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The transport failed, and its text says why: the other ranks cannot be told. */
gf_status comm_end_transport(gf_comm *c);

/* No memory for an exchange that the other ranks have begun: they cannot be told. */
gf_status comm_end_memory(gf_comm *c, size_t bytes);

/* Reports the verdict to the caller. */
gf_status comm_report(const gf_comm *c, gf_error *err);

/* Room for a rank and its host in messages: "rank 3 (node-b)". */
struct comm_rank_text {
	char text[TRANSPORT_TEXT];
};

struct comm_rank_text comm_rank_text(const gf_comm *c, size_t rank);

/* ---- comm_watch.c ---- */

/* Seconds that notes of ranks that look for each other have to arrive. */
double comm_grace(const gf_comm *c);

/* Waits until the transport's exchange is done, or GF_E_RANK: a rank did not come, or the transport
 * failed.  for_ranks: it waits for ranks that may still compute, and sleeps in between. */
gf_status comm_wait(gf_comm *c, int for_ranks);

/* Waits as comm_wait does, but at most `seconds`; sets *done. */
gf_status comm_wait_for(gf_comm *c, int for_ranks, double seconds, int *done);

/* ---- comm_pieces.c ---- */

/* Returns the bytes of the ranks before that one; rank = size: of all. */
size_t comm_bytes_before(const size_t *sizes, size_t rank);

/* Waits as comm_wait does while bytes move, which is timed apart from the waiting for ranks, and
 * counts them. */
gf_status comm_wait_moved(gf_comm *c, size_t given, size_t got);

/* Gathers like comm_gather, after a meeting. */
gf_status comm_gather_pieces(gf_comm *c, const size_t *sizes, unsigned char *all);

/* ---- comm_records.c ---- */

/* Shows this rank's record, whose kind, sizes and the like are in mine, to all and gets theirs.
 * Fails if one of them failed, or if they differ. */
gf_status comm_meet(gf_comm *c, const struct comm_record *mine, gf_error *err);

/* Fills in `records` of this rank and starts their gathering. */
gf_status comm_meet_start(gf_comm *c, const struct comm_record *mine);

/* What comm_meet does once all records are here. */
gf_status comm_meet_end(gf_comm *c);

#endif
