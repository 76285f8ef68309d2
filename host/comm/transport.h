/*
 * transport.h: what moves bits between ranks: MPI, which gpufit-mpi.so opens (mpi/plugin.c), or the
 * threads of a test.
 *
 * A transport decides nothing: it starts one exchange at a time, says when it is done, and carries
 * notes.  Who is late, what that means and what to say about it is in watch.c and fail.c.
 *
 * This file includes nothing of the project, since the plugin is compiled apart from it.
 */
#ifndef GF_TRANSPORT_H
#define GF_TRANSPORT_H

#include <stddef.h>

enum {
	TRANSPORT_VERSION = 1,
	TRANSPORT_TEXT = 256, /* room for why something failed */
	TRANSPORT_NOTE = 64,  /* bytes of a note */
	TRANSPORT_PIECE =
		1 << 30, /* bytes that one exchange moves at most, since MPI counts in int */
};

/* A function that returns int returns 0 if it did what it says; otherwise text (TRANSPORT_TEXT) of
 * `failed` says why. */
struct transport {
	unsigned version; /* TRANSPORT_VERSION */
	size_t rank, size;
	size_t host_rank;         /* among the ranks of this host */
	const char *const *hosts; /* (size), the name of each rank's host */
	const char *library;      /* "Open MPI v4.1.4" */

	/* Starts an exchange in which rank r gives counts[r] bytes, and everyone gets them at
	 * all + places[r].  This rank's own lie there already.  Arrays must last until it is
	 * done. */
	int (*start_gather)(struct transport *t, void *all, const int *counts, const int *places);

	/* Starts an exchange that takes out_counts[q] bytes at out + out_places[q] to rank q, and
	 * brings those of rank q to in + in_places[q]. */
	int (*start_swap)(struct transport *t, const void *out, const int *out_counts,
		const int *out_places, void *in, const int *in_counts, const int *in_places);

	/* Sets *done to 1 if the exchange is done, and lets it proceed. */
	int (*test)(struct transport *t, int *done);

	/* Sends a note to a rank, and does not wait until it is there. */
	int (*send_note)(struct transport *t, size_t rank, const void *note);

	/* Sets *rank to that of a note that has come, and takes it; to size if there is none. */
	int (*take_note)(struct transport *t, size_t *rank, void *note);

	/* Ends the processes of all ranks with the code. */
	void (*abort)(struct transport *t, int code);

	/* Ends this rank's part, which waits for all others to end theirs, and frees t. */
	void (*close)(struct transport *t);

	char text[TRANSPORT_TEXT]; /* why a function failed */
};

/* The function that the plugin exports.  Returns NULL if it cannot start, and says why in text. */
#define TRANSPORT_OPEN "gpufit_transport_open"
typedef struct transport *transport_open(char text[TRANSPORT_TEXT]);

#endif
