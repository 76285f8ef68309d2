/*
 * pytorch.h: --emit-pytorch, a script for PyTorch that trains the same model on the same file: from
 * the same start, in the same order of rows, with losses that differ by the rounding of sums.
 *
 * It says what people would write by hand, and leaves out what they would not: what needs more
 * than a line or two of PyTorch is refused by name.
 */
#ifndef GF_PYTORCH_H
#define GF_PYTORCH_H

#include "options.h"

#include <stdio.h>

/* How the script reads the data. */
struct source {
	enum { SOURCE_POINTS, SOURCE_NPY, SOURCE_CSV } kind;
	char delimiter; /* of CSV */
	bool header;    /* of CSV: line 1 names the columns */
};

/* A script under construction. */
struct script {
	const struct options *options; /* borrowed */
	const gf_dataset *data;        /* borrowed */
	struct source source;
	double lr; /* of the optimizer, before any schedule */
	FILE *file;
};

/* Refuses options that the script cannot say.  Returns 0, or the exit code of a usage error. */
int pytorch_check(const struct options *options);

/* Finds how a script reads the data.  GF_E_USAGE: it could not, or not as gpufit did. */
gf_status pytorch_source(struct source *source, const struct options *options,
	const gf_dataset *data, gf_error *err);

/* Writes the script to the file of --emit-pytorch.  init: the start of the training; lr: the rate
 * that --lr auto found.
 * GF_E_USAGE as pytorch_source.  GF_E_CANTCREATE, GF_E_IO, GF_E_MEMORY. */
gf_status pytorch_write(const struct options *options, const gf_dataset *data, gf_init init,
	double lr, gf_error *err);

/* ---- parts of the script ---- */

/* Write a text, a list of names, and a number, whose digits read back, as Python has them. */
void put_text(const struct script *s, const char *text);
void put_names(
	const struct script *s, const char *(*name)(const gf_dataset *, size_t), size_t count);
void put_number(const struct script *s, double value);

void pytorch_data(const struct script *s);
void pytorch_activation(const struct script *s);
void pytorch_loss(const struct script *s);
void pytorch_optimizer(const struct script *s);
void pytorch_schedule(const struct script *s);

/* Returns 1 if the schedule advances once a step, 0 once an epoch. */
int pytorch_schedules_steps(const struct options *options);

#endif
