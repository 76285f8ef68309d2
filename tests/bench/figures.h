/* figures.h: the table, line by line as it is measured, and the same as JSON at the end. */
#ifndef GF_FIGURES_H
#define GF_FIGURES_H

#include "contest.h"
#include "workloads.h"

#include <jansson.h>

/* How seconds become a figure. */
struct unit {
	const char *word;
	double scale;
	enum { EACH /* scale x seconds */, RATE /* scale / seconds */ } way;
};

struct figures {
	const char *path;   /* borrowed: of the JSON, which is written after each row */
	json_t *rows;       /* owned */
	size_t met, missed; /* aims */
	size_t wrong;       /* rows whose result was not right */
	size_t too_fast;    /* rows that beat a limit by more than noise */
	double batch_ns;    /* ns a row of mini-batches of 32, D = 32, in order; 0: not measured */
};

/* What a row is of. */
struct heading {
	const char *group, *words, *shape;
	struct unit unit;
	double features;        /* D, for AIM_SCALED */
	const struct aim *aims; /* (AIMS) */
};

void figures_open(struct figures *f, const char *path);

/* Prints the row and keeps it; returns ours, in its unit. */
double figures_add(struct figures *f, const struct heading *h, const struct contest *c);

/* Prints a row that has no figure, and why. */
void figures_say(const char *group, const char *words, const char *shape, const char *why);

/* Says how many aims were met, where the JSON could be written.  GF_E_IO; GF_E_CHECK: a row was
 * faster than its limit. */
gf_status figures_close(struct figures *f, gf_error *err);

#endif
