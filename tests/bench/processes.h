/* processes.h: runs a whole program, timed from before it starts until it has ended. */
#ifndef GF_PROCESSES_H
#define GF_PROCESSES_H

#include "gpufitcl.h"

enum { PROCESS_WORDS = 20 };

struct process {
	const char *argv[PROCESS_WORDS];
	char output[8192]; /* out: the beginning of its output */
	double peak_kib;   /* out: its peak memory */
};

/* A function for contest_add.  GF_E_IO: the program did not start, or it failed. */
gf_status process_take(void *process, double *seconds, gf_error *err);

#endif
