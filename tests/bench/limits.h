/* limits.h: the limits of the machine, measured again at each turn. */
#ifndef GF_LIMITS_H
#define GF_LIMITS_H

#include "contest.h"
#include "engine.h"
#include "run.h"
#include "workloads.h"

struct limits {
	gf_dataset *data; /* owned: the engine is open on it */
	struct engine *engine;
	void *host;      /* owned: x is in it */
	struct buffer x; /* as large as x of the last workload, if that has no engine */
};

gf_status limits_open(struct limits *l, const char *device, gf_error *err);
void limits_close(struct limits *l);

/* The bound of a workload: its least effort at the limits of the machine. */
struct bound {
	struct limits *limits; /* borrowed */
	struct effort effort;
	size_t x_bytes;        /* of x, which each epoch reads */
	struct engine *engine; /* borrowed; the engine whose x is read, or NULL */
	const char *name;      /* out: the limit that takes longest */
};

/* The longest of three times: to read x as fast as our own read kernel (ceiling.c), from the
 * same pages and caches; to compute, and to divide, in registers (native.h). */
gf_status limits_take(void *bound, double *seconds, gf_error *err);

/* Names the contestant of the bound by the limit that takes longest. */
void limits_name(const struct bound *bound, struct contest *c);

#endif
