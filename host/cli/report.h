/* report.h: the final report of a training, for a reader or as JSON. */
#ifndef GF_REPORT_H
#define GF_REPORT_H

#include "gpufitcl.h"

#include <jansson.h>
#include <stdbool.h>

struct outcome {
	const gf_dataset *data;       /* borrowed */
	const gf_dataset *validation; /* borrowed; NULL: of no file */
	const gf_config *config;      /* borrowed: what the training was told */
	const gf_model *model;        /* borrowed; NULL: the training failed */
	const gf_report *report;      /* borrowed */
	bool built_in;                /* the data are the seven points */
	const char *output;           /* borrowed: the model's file; NULL: none is wanted */
	bool saved;                   /* the model is in that file */
	gf_status status;             /* of gf_fit */
	double load_seconds;
	bool profile;
	bool named; /* the data come from a file, whose columns have names */
};

/* Is there anything to report: did the training get as far as to run? */
bool report_is_due(const struct outcome *outcome);

void report_print(const struct outcome *outcome);
json_t *report_json(const struct outcome *outcome);

#endif
