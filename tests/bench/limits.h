/* limits.h: what the machine can do at most, measured again at each turn. */
#ifndef GF_LIMITS_H
#define GF_LIMITS_H

#include "contest.h"
#include "engine.h"

struct limits {
	gf_dataset *data; /* owned: the engine is open on it */
	struct engine *engine;
};

gf_status limits_open(struct limits *l, const char *device, gf_error *err);
void limits_close(struct limits *l);

/* Work that has to read so many bytes, and to compute so much. */
struct bound {
	struct limits *limits; /* borrowed */
	double bytes, flops;
	int by_flops;          /* out: computing is what takes longer */
	struct engine *engine; /* borrowed; an engine whose x is what is read, or NULL */
};

/* As long as the longer of both takes: of reading as fast as our own read kernel, the best of a few
 * (ceiling.h), where x is far beyond caches from that x itself; and of multiplying and adding in
 * registers (native.h). */
gf_status limits_take(void *bound, double *seconds, gf_error *err);

#endif
