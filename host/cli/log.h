/*
 * log.h: --log, a line of JSON for each epoch.
 *
 * The file takes the place of an older one when the first epoch is over, and has each line from
 * then on as soon as it is written: a run that fails before leaves the older log, and one that is
 * killed leaves what it had logged.  A resumed training goes on with the log of the one before.
 */
#ifndef GF_LOG_H
#define GF_LOG_H

#include "gpufitcl.h"
#include "options.h"
#include "outfile.h"
#include "param_table.h"

#include <stdio.h>

struct log {
	struct outfile out;
	const char *path; /* borrowed; NULL: no log is wanted, and the others do nothing */
	bool begun;       /* out is open */
	bool resumes;     /* a log that is there is gone on with */
	bool parameters;  /* weight, bias and their gradients as well */
	bool validates;   /* val_loss as well */
	bool quiet;
	struct param_table linear;
};

/* GF_E_DATA: the training is resumed, and the file is no log to go on with. */
gf_status log_open(struct log *log, const struct options *options, const struct param_table *linear,
	gf_error *err);
unsigned log_wants(const struct log *log);
gf_status log_step(struct log *log, const gf_epoch *step, gf_error *err);

/* status: of the training. */
gf_status log_close(struct log *log, gf_status status, gf_error *err);

#endif
