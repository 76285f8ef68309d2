/*
 * probe.h: measures one device: what it is, whether its bits are right, and how fast it is.
 *
 *	probe [--device D] [--kernels WORD] [--seconds S] [--json FILE] [--folder DIR] STEP
 *
 * tests/gpu-run runs a step in a process of its own.  A step prints what it finds for people, and
 * appends it to FILE for programs: one JSON object a line, written whole.  It leaves out what it
 * has no time for, and says so.
 */
#ifndef GF_PROBE_H
#define GF_PROBE_H

#include "device.h"
#include "json.h"

struct probe {
	const char *device;  /* as --device of gpufit takes it; NULL: the first GPU */
	gf_kernels kernels;  /* which set of kernels is measured */
	const char *scripts; /* folder with the scripts of tests/bench */
	const char *python;
	const char *folder; /* where a step leaves files */
	double start, seconds;
	FILE *json;       /* owned; NULL: none */
	const char *step; /* its word */
};

/* The exit status where numbers have other bits than they must; that of a step which this device
 * cannot take. */
enum { EXIT_WRONG_BITS = 3, EXIT_SKIPPED = 77 };

const char *probe_kernels_word(gf_kernels kernels);

/* Seconds that the step has left. */
double probe_left(const struct probe *p);

/* Appends the line to the file, which names the step in it.  Takes ownership of it. */
void probe_record(struct probe *p, json_t *line);

/* Prints "DONE of ALL MEASURED: no time for the others" if so, in words of the caller. */
void probe_say_left_out(struct probe *p, const char *what, size_t done, size_t all);

/* Returns the middle one of values (count), which it sorts. */
double probe_median(double *values, size_t count);

/* ---- the steps ---- */

gf_status step_list(struct probe *p, gf_error *err);         /* facts.c */
gf_status step_facts(struct probe *p, gf_error *err);        /* facts.c */
gf_status step_kernels(struct probe *p, gf_error *err);      /* facts.c */
gf_status step_bandwidth(struct probe *p, gf_error *err);    /* bandwidth.c */
gf_status step_losses(struct probe *p, gf_error *err);       /* bits.c */
gf_status step_trainings(struct probe *p, gf_error *err);    /* bits.c */
gf_status step_repeats(struct probe *p, gf_error *err);      /* bits.c */
gf_status step_epochs_large(struct probe *p, gf_error *err); /* epochs.c */
gf_status step_epochs_small(struct probe *p, gf_error *err); /* epochs.c */
gf_status step_fits(struct probe *p, gf_error *err);         /* epochs.c */
gf_status step_batches(struct probe *p, gf_error *err);      /* batches.c */
gf_status step_tails(struct probe *p, gf_error *err);        /* tails.c */
gf_status step_binary(struct probe *p, gf_error *err);       /* binary.c */
gf_status step_sweep(struct probe *p, gf_error *err);        /* sweep.c */
gf_status step_launches(struct probe *p, gf_error *err);     /* launches.c */
gf_status step_uploads(struct probe *p, gf_error *err);      /* launches.c */

#endif
