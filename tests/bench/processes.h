/* processes.h: a program run as a whole, timed from before it starts until it is gone. */
#ifndef GF_PROCESSES_H
#define GF_PROCESSES_H

#include "gpufitcl.h"

enum { PROCESS_WORDS = 12 };

struct process {
	const char *argv[PROCESS_WORDS];
	char output[8192]; /* out: the beginning of what it printed */
	double peak_kib;   /* out: the most memory that it held */
};

/* A take of contest.h.  GF_E_IO: it did not start, or it failed. */
gf_status process_take(void *process, double *seconds, gf_error *err);

#endif
