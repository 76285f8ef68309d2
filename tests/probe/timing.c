#include "timing.h"

#include "clock.h"
#include "error.h"
#include "probe.h"

#include <math.h>

#define BATCH_SECONDS 5e-3 /* a wait costs some 10 us, 0.2 % of it */

enum { BATCHES = 9, BATCH_MOST = 1000 };

static gf_status take_batch(struct device *dev, enqueue_work *work, void *self, size_t count,
	double *seconds, gf_error *err)
{
	const double start = clock_seconds();
	size_t i;

	for (i = 0; i < count; i++)
		TRY(work(self, err));
	TRY(run_finish(dev, err));
	*seconds = (clock_seconds() - start) / (double)count;
	return GF_OK;
}

gf_status timing_median(struct device *dev, enqueue_work *work, void *self, double budget,
	double *seconds, gf_error *err)
{
	const double start = clock_seconds();
	double times[BATCHES], once;
	size_t count, i;

	TRY(take_batch(dev, work, self, 1, &once, err));
	TRY(take_batch(dev, work, self, 1, &once, err));
	count = (size_t)fmin(1.0 + BATCH_SECONDS / once, BATCH_MOST);
	for (i = 0; i < BATCHES && (i == 0 || clock_seconds() - start < budget); i++)
		TRY(take_batch(dev, work, self, count, times + i, err));
	*seconds = probe_median(times, i);
	return GF_OK;
}
