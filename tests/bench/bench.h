/* bench.h: the settings that all rows of the bench share, and the kinds of rows. */
#ifndef GF_BENCH_H
#define GF_BENCH_H

#include "figures.h"
#include "limits.h"
#include "peers.h"

struct bench {
	const char *device, *gpufit, *python, *folder; /* borrowed */
	size_t bytes;                                  /* of x in a full batch */
	size_t turns;
	int quick;
	const char *only; /* measure groups that begin with it; NULL: all */
	struct limits limits;
	struct peers peers;
	struct figures figures;
};

int bench_wants(const struct bench *b, const char *group);

/* ---- the rows; each reports its failure as a row ---- */

/* Measures one of WORKLOADS. */
void bench_work(struct bench *b, const struct workload *work);

/* Measures an epoch whose features take turns on the device. */
void bench_turns(struct bench *b);

/* Measures the products of one layer of a network alone. */
void bench_products(struct bench *b);

/* Measures whole processes: from a file to a model, and the default run. */
void bench_processes(struct bench *b);

/* Measures predictions of a few rows again and again. */
void bench_calls(struct bench *b);

/* Measures a training on a file that is larger than the memory that it may have. */
void bench_larger(struct bench *b);

/* Runs the contest and adds its row, or says why it has no figure. */
void bench_row(struct bench *b, const struct heading *h, struct contest *c);

/* A function for contest_add: reads the bytes of the file of that path, and does nothing else. */
gf_status bench_take_bytes(void *path, double *seconds, gf_error *err);

/* Measures how time and memory grow with rows and features. */
void bench_growth(struct bench *b);

#endif
