/*
 * mpi_plugin.c: MPI behind transport.h's table.  'make mpi' compiles it by mpicc to gpufit-mpi.so,
 * which gpufit --mpi opens.
 */
#include "transport.h"

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ABORT_TAKES = 2 /* seconds */ };

/* One note on its way to each rank: a rank that takes none gets no further ones. */
struct outgoing {
	MPI_Request request;
	char note[TRANSPORT_NOTE];
};

struct mpi_rank {
	struct transport transport;
	MPI_Comm exchanges, notes; /* owned: of their own, so that neither gets the other's */
	MPI_Request exchange;
	struct outgoing *outgoing;             /* (size) */
	char (*names)[MPI_MAX_PROCESSOR_NAME]; /* (size) */
	const char **hosts;                    /* (size): into names */
	char library[MPI_MAX_LIBRARY_VERSION_STRING];
};

static struct mpi_rank *of(struct transport *t)
{
	return (struct mpi_rank *)t;
}

/* Returns 0 if MPI did what it was to; else 1, and text has MPI's reason. */
static int explain(char text[TRANSPORT_TEXT], const char *call, int code)
{
	char reason[MPI_MAX_ERROR_STRING] = "";
	int length;

	if (code == MPI_SUCCESS)
		return 0;
	MPI_Error_string(code, reason, &length);
	snprintf(text, TRANSPORT_TEXT, "%s: %.200s", call, reason);
	return 1;
}

static int start_gather(struct transport *t, void *all, const int *counts, const int *places)
{
	return explain(t->text, "MPI_Iallgatherv",
		MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_BYTE, all, counts, places, MPI_BYTE,
			of(t)->exchanges, &of(t)->exchange));
}

static int start_swap(struct transport *t, const void *out, const int *out_counts,
	const int *out_places, void *in, const int *in_counts, const int *in_places)
{
	return explain(t->text, "MPI_Ialltoallv",
		MPI_Ialltoallv(out, out_counts, out_places, MPI_BYTE, in, in_counts, in_places,
			MPI_BYTE, of(t)->exchanges, &of(t)->exchange));
}

static int test(struct transport *t, int *done)
{
	return explain(t->text, "MPI_Test", MPI_Test(&of(t)->exchange, done, MPI_STATUS_IGNORE));
}

static int send_note(struct transport *t, size_t rank, const void *note)
{
	struct outgoing *const out = &of(t)->outgoing[rank];
	int done = 1;

	if (explain(t->text, "MPI_Test", MPI_Test(&out->request, &done, MPI_STATUS_IGNORE)))
		return 1;
	if (!done)
		return 0;
	memcpy(out->note, note, sizeof out->note);
	return explain(t->text, "MPI_Isend",
		MPI_Isend(out->note, sizeof out->note, MPI_BYTE, (int)rank, 0, of(t)->notes,
			&out->request));
}

static int take_note(struct transport *t, size_t *rank, void *note)
{
	MPI_Status status;
	int found;

	*rank = t->size;
	if (explain(t->text, "MPI_Iprobe",
		    MPI_Iprobe(MPI_ANY_SOURCE, 0, of(t)->notes, &found, &status)))
		return 1;
	if (!found)
		return 0;
	*rank = (size_t)status.MPI_SOURCE;
	return explain(t->text, "MPI_Recv",
		MPI_Recv(note, TRANSPORT_NOTE, MPI_BYTE, status.MPI_SOURCE, 0, of(t)->notes,
			MPI_STATUS_IGNORE));
}

/* A global, because nothing can be passed to a signal handler. */
static volatile sig_atomic_t code_of_abort;

static void end_process(int number)
{
	(void)number;
	_exit(code_of_abort);
}

/* MPICH's MPI_Abort waits for a process that is stopped: it gets ABORT_TAKES seconds.  mpirun ends
 * the others once this process has ended. */
static void abort_all(struct transport *t, int code)
{
	code_of_abort = code;
	signal(SIGALRM, end_process);
	alarm(ABORT_TAKES);
	MPI_Abort(of(t)->exchanges, code);
	_exit(code);
}

static void free_rank(struct mpi_rank *m)
{
	free(m->hosts);
	free(m->names);
	free(m->outgoing);
	free(m);
}

static void close_rank(struct transport *t)
{
	for (size_t r = 0; r < t->size; r++)
		if (of(t)->outgoing[r].request != MPI_REQUEST_NULL)
			MPI_Request_free(&of(t)->outgoing[r].request);
	MPI_Comm_free(&of(t)->notes);
	MPI_Comm_free(&of(t)->exchanges);
	MPI_Finalize();
	free_rank(of(t));
}

/* ---- opening ---- */

static int open_comms(struct mpi_rank *m, char text[TRANSPORT_TEXT])
{
	int rank, size, host_rank;
	MPI_Comm host;

	if (explain(text, "MPI_Comm_dup", MPI_Comm_dup(MPI_COMM_WORLD, &m->exchanges)) ||
		explain(text, "MPI_Comm_dup", MPI_Comm_dup(MPI_COMM_WORLD, &m->notes)) ||
		explain(text, "MPI_Comm_split_type",
			MPI_Comm_split_type(
				MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host)))
		return 1;
	MPI_Comm_rank(m->exchanges, &rank);
	MPI_Comm_size(m->exchanges, &size);
	MPI_Comm_rank(host, &host_rank);
	MPI_Comm_free(&host);
	m->transport.rank = (size_t)rank;
	m->transport.size = (size_t)size;
	m->transport.host_rank = (size_t)host_rank;
	return 0;
}

/* The version is "Open MPI v4.1.4, package: ..." or "MPICH Version:\t4.0.2\nMPICH Release ...". */
static void name_library(struct mpi_rank *m)
{
	char text[MPI_MAX_LIBRARY_VERSION_STRING], number[64];
	int length;

	MPI_Get_library_version(text, &length);
	if (sscanf(text, "MPICH Version: %63s", number) == 1)
		snprintf(m->library, sizeof m->library, "MPICH %s", number);
	else
		snprintf(m->library, sizeof m->library, "%.*s", (int)strcspn(text, ",\n"), text);
	m->transport.library = m->library;
}

/* Gathers the hosts' names. */
static int open_tables(struct mpi_rank *m, char text[TRANSPORT_TEXT])
{
	const size_t size = m->transport.size;
	int length;

	m->outgoing = calloc(size, sizeof *m->outgoing);
	m->names = calloc(size, sizeof *m->names);
	m->hosts = calloc(size, sizeof *m->hosts);
	if (!m->outgoing || !m->names || !m->hosts) {
		snprintf(text, TRANSPORT_TEXT, "cannot allocate the names of %zu ranks", size);
		return 1;
	}
	for (size_t r = 0; r < size; r++) {
		m->outgoing[r].request = MPI_REQUEST_NULL;
		m->hosts[r] = m->names[r];
	}
	m->transport.hosts = m->hosts;
	MPI_Get_processor_name(m->names[m->transport.rank], &length);
	name_library(m);
	return explain(text, "MPI_Allgather",
		MPI_Allgather(MPI_IN_PLACE, 0, MPI_BYTE, m->names, sizeof *m->names, MPI_BYTE,
			m->exchanges));
}

static int open_rank(struct mpi_rank *m, char text[TRANSPORT_TEXT])
{
	int level;

	/* Drivers of devices run threads, none of which calls MPI. */
	if (explain(text, "MPI_Init_thread",
		    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level)))
		return 1;
	MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
	return open_comms(m, text) || open_tables(m, text);
}

transport_open gpufit_transport_open;

struct transport *gpufit_transport_open(char text[TRANSPORT_TEXT])
{
	struct mpi_rank *const m = calloc(1, sizeof *m);

	if (!m) {
		snprintf(text, TRANSPORT_TEXT, "cannot allocate a rank");
		return NULL;
	}
	m->transport = (struct transport){.version = TRANSPORT_VERSION,
		.start_gather = start_gather,
		.start_swap = start_swap,
		.test = test,
		.send_note = send_note,
		.take_note = take_note,
		.abort = abort_all,
		.close = close_rank};
	if (open_rank(m, text)) {
		free_rank(m);
		return NULL;
	}
	return &m->transport;
}
