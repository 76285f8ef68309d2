/* timings.h: when each kernel and each copy ran and how long it took, by the device's own clock. */
#ifndef GF_TIMINGS_H
#define GF_TIMINGS_H

#include "clerror.h"

struct timings;

/* GF_E_MEMORY. */
gf_status timings_new(struct timings **timings, gf_error *err);
void timings_free(struct timings *timings);

/* Calls on_span for all work from here on, once its times have been read. */
void timings_listen(
	struct timings *timings, void (*on_span)(const gf_span *span, void *user), void *user);

/* Counts a call of "VERB NAME" (of a kernel NAME) that reads and writes `bytes`.  began: when the
 * host began to enqueue it.  Takes the event.  GF_E_OPENCL. */
gf_status timings_add(struct timings *timings, gf_span_kind kind, const char *name, size_t bytes,
	double began, cl_event event, gf_error *err);

/* Waits for all work, and reads its times.  GF_E_OPENCL. */
gf_status timings_drain(struct timings *timings, gf_error *err);

/* The same, then copies the rows, at most `room` of them.  GF_E_OPENCL. */
gf_status timings_rows(
	struct timings *timings, gf_profile_row *rows, size_t room, size_t *count, gf_error *err);

#endif
