/*
 * mpi_ranks.h: --mpi: several processes train together, and speak with one voice.
 *
 * Rank 0 alone prints results, progress and notices, and writes files.  An error that one rank has
 * is printed once, and all end with its exit code.
 */
#ifndef GF_MPI_RANKS_H
#define GF_MPI_RANKS_H

#include "options.h"

#include <jansson.h>

/* Ranks that mpirun started would each complain about the same command line: from here to
 * mpi_ranks_open, those but the first are silent if an argument is --mpi. */
void mpi_ranks_hush(int argc, char **argv);

/* Opens MPI if --mpi was given, chooses this rank's device, and makes a rank other than 0 quiet.
 * Returns 0 or the exit code. */
int mpi_ranks_open(struct options *options);

/* Tells the other ranks that this one failed.  True: it is to print *err, which may then have the
 * message of another one. */
bool mpi_ranks_tell(const struct options *options, gf_error *err);

/* Says what the ranks exchanged; nothing without --mpi. */
void mpi_ranks_say(const gf_config *config);

/* The same for the report in JSON: {"count": ..., ...}. */
json_t *mpi_ranks_json(const gf_comm *comm);

/* Ends MPI.  Returns the exit code of all ranks: the largest of theirs. */
int mpi_ranks_close(const struct options *options, int code);

#endif
