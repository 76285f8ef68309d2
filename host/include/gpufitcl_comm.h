/*
 * gpufitcl_comm.h: ranks.  Several processes, on one machine or many, train one model: each
 * computes on a part of the rows, on a device of its own, and the result has the bits that one
 * process gives.
 *
 *	gf_comm *comm = NULL;
 *	int failed = gf_comm_open(&comm, NULL, &err) != GF_OK;
 *
 *	config.comm = comm;
 *	failed = failed || gf_fit(&model, data, &config, NULL, &err) ||
 *		 gf_comm_join(comm, NULL, &err);
 *	if (failed && gf_comm_fail(comm, &err))
 *		fprintf(stderr, "houses: %s\n", err.message);
 *	gf_comm_close(comm);
 *
 * A program that mpirun starts calls each of these functions, and gf_fit with the same config and
 * the same data, in the same order on each rank.  A gf_comm is for one call at a time.
 */
#ifndef GPUFITCL_COMM_H
#define GPUFITCL_COMM_H

#include "gpufitcl.h"

#include <stdio.h>

GF_HEADER_BEGIN

typedef struct gf_comm_options {
	const char *plugin;  /* the path of gpufit-mpi.so; NULL: the system finds it by name */
	double rank_timeout; /* seconds that ranks wait for one that does not come; > 0 */
} gf_comm_options;

/* plugin NULL, rank_timeout 300. */
void gf_comm_options_default(gf_comm_options *options);

/* Starts MPI, and returns when all ranks have called it.
 * GF_E_USAGE: rank_timeout.  GF_E_UNAVAILABLE: the plugin cannot be opened; the message says how to
 * make it.  GF_E_RANK: MPI does not start. */
gf_status gf_comm_open(gf_comm **comm, const gf_comm_options *options, gf_error *err);

size_t gf_comm_rank(const gf_comm *comm); /* of this process; 0 if comm is NULL */
size_t gf_comm_size(const gf_comm *comm); /* how many there are; 1 if comm is NULL */

/* The name of the machine that a rank runs on; NULL: there is no such rank. */
const char *gf_comm_host(const gf_comm *comm, size_t rank);

/* The MPI that moves the bytes: "Open MPI v4.1.4". */
const char *gf_comm_library(const gf_comm *comm);

/* The number of this rank among those of its machine, which counts from 0. */
size_t gf_comm_host_rank(const gf_comm *comm);

/* What the ranks exchanged so far, as this one saw it. */
typedef struct gf_comm_counters {
	uint64_t calls;      /* exchanges */
	uint64_t given, got; /* bytes that this rank gave, and got from others */
	double waited;       /* seconds until the last rank came to the exchange */
	double moved;        /* seconds from then on until the bytes were here */
} gf_comm_counters;

gf_comm_counters gf_comm_count(const gf_comm *comm);

/* Copies what is left of a file of rank 0, which may be standard input, to a file of each rank,
 * rank 0 included.  from is NULL on the other ranks.  GF_E_IO, GF_E_RANK, GF_E_MEMORY.  comm may be
 * NULL. */
gf_status gf_comm_copy(gf_comm *comm, FILE *from, FILE *to, gf_error *err);

/* Waits until all ranks have called it: after that none of them can fail any more.  *code, as an
 * exit code, becomes the largest of all ranks' codes; it may be NULL, for 0.  GF_E_RANK, or the
 * status of a rank that called gf_comm_fail.  comm may be NULL. */
gf_status gf_comm_join(gf_comm *comm, int *code, gf_error *err);

/* Tells the other ranks that this one failed with *err: their next exchange fails, too.  All of
 * them get the status and the message of the lowest rank that failed, which the message names with
 * its host.  If an exchange failed before, all ranks know, and *err becomes what they know.
 * Returns 1, once, on the one rank that is to print err->message, else 0; 1 if comm is NULL. */
int gf_comm_fail(gf_comm *comm, gf_error *err);

/* Ends MPI.  If ranks did not come to an exchange it ends the processes of all ranks, this one
 * included, with exit code 75: what is to be printed must be printed before.  comm may be NULL. */
void gf_comm_close(gf_comm *comm);

GF_HEADER_END

#endif
