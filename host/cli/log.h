/* log.h: --log, a line of JSON for each epoch. */
#ifndef GF_LOG_H
#define GF_LOG_H

#include "gpufitcl.h"
#include "outfile.h"

#include <stdbool.h>

struct log {
	struct outfile out;
	const char *path; /* borrowed; NULL: no log is wanted, and the others do nothing */
	bool parameters;  /* weight, bias and their gradients as well */
	size_t features, outputs;
};

gf_status log_open(
	struct log *log, const char *path, bool parameters, const gf_dataset *data, gf_error *err);
unsigned log_wants(const struct log *log);
gf_status log_step(struct log *log, const gf_step *step, gf_error *err);

/* The file takes its place, whether or not the training went well. */
gf_status log_close(struct log *log, gf_error *err);

#endif
