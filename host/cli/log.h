/*
 * log.h: --log, a line of JSON for each epoch.
 *
 * The new file replaces an older one after the first epoch, and each line is written as soon as its
 * epoch is over.  So a training that fails before its first epoch keeps the older log, and a killed
 * one keeps the lines it has written.  A resumed training appends to the log of the one before.
 */
#ifndef GF_LOG_H
#define GF_LOG_H

#include "gpufitcl.h"
#include "options.h"
#include "outfile.h"
#include "print.h"

#include <stdbool.h>

struct log {
	struct outfile out;
	const char *path; /* borrowed; NULL: no log is wanted, and the functions do nothing */
	bool begun;       /* out is open */
	bool resumes;     /* the lines of an older log are kept */
	bool parameters;  /* each line has the parameters and their gradient */
	bool validates;   /* each line has val_loss */
	bool quiet;
	struct param_table params;
};

/* Checks the older log of a resumed training, and opens a pipe.  GF_E_DATA: the file is not a log.
 * GF_E_IO: it cannot be read.  GF_E_CANTCREATE. */
gf_status log_open(struct log *log, const struct options *options, const struct param_table *params,
	gf_error *err);

/* What the log needs of each epoch: a set of GF_WANT_. */
unsigned log_wants(const struct log *log);

/* Writes the line of an epoch.  GF_E_CANTCREATE, GF_E_IO, GF_E_MEMORY. */
gf_status log_epoch(struct log *log, const gf_epoch *epoch, gf_error *err);

/* Ends the log; status: how the training ended.  GF_E_CANTCREATE, GF_E_IO. */
gf_status log_close(struct log *log, gf_status status, gf_error *err);

#endif
