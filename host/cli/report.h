/* report.h: the final report of a training, and its profile, as text or as JSON. */
#ifndef GF_REPORT_H
#define GF_REPORT_H

#include "gpufitcl.h"

#include <jansson.h>
#include <stdbool.h>

struct outcome {
	const gf_dataset *data;       /* borrowed */
	const gf_dataset *validation; /* borrowed; NULL: no file of its own */
	const gf_config *config;      /* borrowed: the training's configuration */
	const gf_model *model;        /* borrowed; NULL: the training failed */
	const gf_report *report;      /* borrowed */
	bool built_in;                /* the data are the seven built-in points */
	const char *output;           /* borrowed: the model's file; NULL: none is wanted */
	bool saved;                   /* the model is in that file */
	const char *export;           /* borrowed: the file of --export; NULL: none is wanted */
	bool exported;                /* the model is in that file */
	gf_status status;             /* of gf_fit */
	double load_seconds;
};

/* "done", "diverged", "check failed" or "interrupted"; NULL: the training did not run. */
const char *report_status(gf_status status);

/* True if the training has run, also if it then failed or was stopped. */
bool report_is_due(const struct outcome *outcome);

void report_print(const struct outcome *outcome);

/* Prints "saved    FILE", or that nothing was saved: the file may be there from an earlier
 * training.  file NULL: none was wanted. */
void report_print_saved(const char *word, const char *file, bool saved);

/* Sets the key to the file; null: it was not written. */
void report_set_saved(json_t *json, const char *key, const char *file, bool saved);

/* For the caller to free; NULL: no memory. */
json_t *report_json(const struct outcome *outcome);

/* The table of kernels and copies, and that of the phases.  load_seconds: reading the data took
 * that long. */
void profile_print(const gf_profile *profile, double load_seconds);
json_t *profile_json(const gf_profile *profile);

/* ---- statistics_table.c ---- */

void statistics_print(const gf_statistics *statistics, const gf_model *model);
json_t *statistics_json(const gf_statistics *statistics, const gf_model *model);

#endif
