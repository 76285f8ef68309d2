/* timings.h: how long each kernel and each copy took, by its name, as the device's own clock
 * saw it. */
#ifndef GF_TIMINGS_H
#define GF_TIMINGS_H

#include "clerror.h"

struct timings;

gf_status timings_new(struct timings **timings, gf_error *err);
void timings_free(struct timings *timings);

/* One more call of "VERB NAME" (verb may be empty).  Takes the event over. */
gf_status timings_add(struct timings *timings, const char *verb, const char *name, size_t bytes,
	cl_event event, gf_error *err);

/* Waits for what is still under way and hands out the rows; at most `room` of them. */
gf_status timings_rows(
	struct timings *timings, gf_profile_row *rows, size_t room, size_t *count, gf_error *err);

#endif
