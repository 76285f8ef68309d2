/*
 * observer.h: what watches a training: the callbacks of gf_fit that show progress, write the log,
 * and print the tables of --trace and --explain.
 */
#ifndef GF_OBSERVER_H
#define GF_OBSERVER_H

#include "log.h"
#include "options.h"
#include "print.h"
#include "progress.h"

#include <stdbool.h>

struct observer {
	const struct options *options; /* borrowed */
	const gf_dataset *data;        /* borrowed: the training data */
	struct progress *progress;     /* borrowed */
	struct param_table params;     /* of data */
	struct log log;
	bool explained;
	gf_error err; /* the observer's first error: it stops the training */
};

/* Opens the log. */
gf_status observer_open(struct observer *observer, const struct options *options,
	const gf_dataset *data, struct progress *progress, gf_error *err);

/* Sets config's callbacks. */
void observer_attach(struct observer *observer, gf_config *config);

/* Closes the log of a training that ended with status.  *err is the observer's first error. */
gf_status observer_close(struct observer *observer, gf_status status, gf_error *err);

/* --explain: prints the formulas of one step, each with its numbers in double beside those that the
 * device computed.  step must have its parameters and outputs. */
gf_status explain_print(const gf_dataset *data, gf_loss loss, const gf_epoch *step, gf_error *err);

#endif
