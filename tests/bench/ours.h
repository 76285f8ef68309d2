/* ours.h: a work done by gpufit: checked, then taken as often as asked. */
#ifndef GF_OURS_H
#define GF_OURS_H

#include "contest.h"
#include "workloads.h"

struct ours {
	const struct workload *work; /* borrowed */
	const char *device;          /* borrowed */
	size_t rows, repeated;       /* N, and after how many of them they are the same again */
	gf_dataset *data;            /* owned */
	struct problem problem;
	struct engine *engine; /* owned; NULL: a whole gf_fit each time */
	size_t steps;          /* of the engine, a time */
};

/* Rows of random data.  The engine of the work's word is opened on them; or, where whole is 1,
 * gf_fit does it all, and what counts is its report's train_seconds. */
gf_status ours_open(struct ours *o, const struct workload *work, size_t rows, int whole,
	const char *device, gf_error *err);
void ours_close(struct ours *o);

/* Compares with the reference in double.  GF_E_CHECK: it is wrong. */
gf_status ours_check(struct ours *o, gf_error *err);

gf_status ours_take(void *ours, double *seconds, gf_error *err);

#endif
