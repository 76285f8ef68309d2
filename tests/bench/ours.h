/* ours.h: gpufit does a workload: it is checked once, then timed as often as asked. */
#ifndef GF_OURS_H
#define GF_OURS_H

#include "contest.h"
#include "workloads.h"

struct ours {
	const struct workload *work; /* borrowed */
	const char *device;          /* borrowed */
	size_t rows, repeated;       /* N, and the number of rows after which they repeat */
	gf_dataset *data;            /* owned */
	struct problem problem;
	struct engine *engine; /* owned; NULL: gf_fit runs each time */
	size_t steps;          /* that the engine takes each time */
};

/* Makes rows of random data and opens the workload's engine on them. whole: gf_fit does
 * everything each time, and its report's train_seconds count. */
gf_status ours_open(struct ours *o, const struct workload *work, size_t rows, int whole,
	const char *device, gf_error *err);
void ours_close(struct ours *o);

/* Compares with the reference.  GF_E_CHECK: the result is wrong. */
gf_status ours_check(struct ours *o, gf_error *err);

gf_status ours_take(void *ours, double *seconds, gf_error *err);

#endif
