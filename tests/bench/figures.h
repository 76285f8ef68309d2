/* figures.h: prints the table line by line as it is measured, and writes it as JSON. */
#ifndef GF_FIGURES_H
#define GF_FIGURES_H

#include "contest.h"
#include "workloads.h"

#include <jansson.h>

/* The unit of a figure, and how seconds are converted to it. */
struct unit {
	const char *word;
	double scale;
	enum { EACH /* scale x seconds */, RATE /* scale / seconds */ } way;
};

struct figures {
	const char *path;   /* borrowed; path of the JSON, which is written after each row */
	json_t *rows;       /* owned */
	size_t met, missed; /* numbers of aims */
	size_t wrong;       /* rows with a wrong result */
	size_t too_fast;    /* rows that beat a limit by more than noise */
	double batch_ns;    /* ns a row of batches of 32 rows in order, D = 32; 0: not measured */
};

/* The heading of a row. */
struct heading {
	const char *group, *words, *shape;
	struct unit unit;
	double features;        /* D, for AIM_SCALED */
	const struct aim *aims; /* (AIMS) */
};

void figures_open(struct figures *f, const char *path);

/* Prints and keeps the row; returns gpufit's figure in its unit. */
double figures_add(struct figures *f, const struct heading *h, const struct contest *c);

/* Prints a row without a figure, and the reason. */
void figures_say(const char *group, const char *words, const char *shape, const char *why);

/* Prints how many aims were met.  GF_E_IO: the JSON could not be written; GF_E_CHECK: a row was
 * faster than its limit. */
gf_status figures_close(struct figures *f, gf_error *err);

#endif
