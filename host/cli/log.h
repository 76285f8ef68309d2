/* log.h: --log, a line of JSON for each epoch. */
#ifndef GF_LOG_H
#define GF_LOG_H

#include "linear.h"
#include "options.h"
#include "outfile.h"

struct log {
	struct outfile out;
	const char *path; /* borrowed; NULL: no log is wanted, and the others do nothing */
	bool parameters;  /* weight, bias and their gradients as well */
	bool validates;   /* val_loss as well */
	struct linear linear;
};

gf_status log_open(
	struct log *log, const struct options *options, const struct linear *linear, gf_error *err);
unsigned log_wants(const struct log *log);
gf_status log_step(struct log *log, const gf_step *step, gf_error *err);

/* The file takes its place, whether or not the training went well. */
gf_status log_close(struct log *log, gf_error *err);

#endif
