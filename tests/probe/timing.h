/* timing.h: how long work takes that is enqueued on a device. */
#ifndef GF_TIMING_H
#define GF_TIMING_H

#include "run.h"

/* Enqueues the work once, without waiting for it. */
typedef gf_status enqueue_work(void *self, gf_error *err);

/* Sets *seconds to what the work takes when it is enqueued again and again: the median of up to 9
 * batches, each of which is waited for once and takes milliseconds.  The first run does not count.
 * Begins no batch after the budget, in seconds, but the first one. */
gf_status timing_median(struct device *dev, enqueue_work *work, void *self, double budget,
	double *seconds, gf_error *err);

#endif
