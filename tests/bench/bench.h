/* bench.h: what all rows of the bench share, and the kinds of rows that there are. */
#ifndef GF_BENCH_H
#define GF_BENCH_H

#include "figures.h"
#include "limits.h"
#include "peers.h"

struct bench {
	const char *device, *gpufit, *python, *folder; /* borrowed */
	size_t bytes;                                  /* of x, of a full batch */
	size_t turns;
	int quick;
	const char *only; /* groups that begin so; NULL: all */
	struct limits limits;
	struct peers peers;
	struct figures figures;
};

int bench_wants(const struct bench *b, const char *group);

/* ---- trainings.. each fails only where the machine does ---- */

/* A row of WORKLOADS. */
void bench_work(struct bench *b, const struct workload *work);

/* Whole processes: from a file to a model, the default run. */
void bench_processes(struct bench *b);

/* How time and memory grow. */
void bench_growth(struct bench *b);

#endif
