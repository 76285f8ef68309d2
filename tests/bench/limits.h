/* limits.h: what the machine can do at most, measured again at each turn. */
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
	struct buffer x; /* as large as the last work's, where that has no engine */
};

gf_status limits_open(struct limits *l, const char *device, gf_error *err);
void limits_close(struct limits *l);

/* What a work cannot do without. */
struct bound {
	struct limits *limits; /* borrowed */
	struct effort effort;
	size_t x_bytes;        /* of its x, read again each epoch */
	struct engine *engine; /* borrowed; an engine whose x is what is read, or NULL */
	const char *name;      /* out: what takes longest */
};

/* As long as the longest of these takes: to read as fast as our own read kernel (ceiling.h), which
 * pages x is in and in which cache it fits included; to compute and to divide in registers
 * (native.h). */
gf_status limits_take(void *bound, double *seconds, gf_error *err);

/* Calls the contestant that it is of by what took longest. */
void limits_name(const struct bound *bound, struct contest *c);

#endif
