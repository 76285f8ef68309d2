/*
 * timeline.h: writes what ran when, as a file of Chrome's trace events, which Perfetto
 * (ui.perfetto.dev) and chrome://tracing show.
 *
 *	process "gpufit"	tracks "phases" (of the host), "kernels", "copies" (of the device)
 *
 * The format is that of "Trace Event Format" by Google: an object whose traceEvents are complete
 * events (ph X), of microseconds, and metadata events (ph M), which name the tracks.
 */
#ifndef GF_TIMELINE_H
#define GF_TIMELINE_H

#include "outfile.h"

#include <stdbool.h>

enum { TIMELINE_EVENTS = 200000 /* about 30 MB */ };

enum track { TRACK_PHASES = 1, TRACK_KERNELS, TRACK_COPIES, TRACKS };

struct timeline {
	struct outfile out;
	const char *path; /* borrowed; NULL: no timeline is wanted, and no function does anything */
	double began;
	gf_phase phase; /* that the host is in; GF_PHASE_COUNT: none */
	double phase_began;
	double ended[TRACKS]; /* the end of the last event, in nanoseconds */
	size_t events;        /* that were written */
	size_t left_out;      /* beyond TIMELINE_EVENTS */
	gf_error err;         /* the first failure; nothing is written after it */
};

/* path NULL: no timeline.  GF_E_CANTCREATE. */
gf_status timeline_open(struct timeline *timeline, const char *path, gf_error *err);

/* The host begins a phase, or goes on with it. */
void timeline_phase(struct timeline *timeline, gf_phase phase);

/* Takes a span of the library's on_span. */
void timeline_span(struct timeline *timeline, const gf_span *span);

/* Ends the file; keep false: leaves an older one as it was.  GF_E_IO; GF_E_MEMORY. */
gf_status timeline_close(struct timeline *timeline, bool keep, gf_error *err);

#endif
