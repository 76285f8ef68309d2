/* search.h: the trainings of --folds, --sweep and --path, and their report. */
#ifndef GF_SEARCH_H
#define GF_SEARCH_H

#include "gpufitcl_search.h"
#include "progress.h"
#include "sweep.h"

#include <jansson.h>

struct search {
	const struct options *options; /* borrowed */
	const gf_dataset *data;        /* borrowed */
	struct sweep sweep;
	gf_config *configs; /* owned; (sweep.points) */
	gf_search *result;  /* owned; NULL: --path, or the trainings could not be run */
	gf_path *path;      /* owned; NULL: no --path, or it could not be run */
	double seconds;     /* of all trainings */
	double load_seconds;
	gf_status status;
	bool saved, exported; /* the model is in the files of --output and --export */
};

/* True if the options ask for many trainings. */
bool search_is_wanted(const struct options *options);

/* Trains.  config has what the values of --sweep leave: start, validation and stop.
 * Statuses as gf_search_run.  The caller frees the search in any case. */
gf_status search_run(
	struct search *search, const gf_config *config, struct progress *progress, gf_error *err);
void search_free(struct search *search);

/* True if there is something to report, also after an interrupt. */
bool search_is_known(const struct search *search);

/* The model to be saved; NULL: there is none. */
const gf_model *search_model(const struct search *search);

/* ---- search_report.c ---- */

/* Prints the table of folds or of values on standard output, and on standard error why trainings
 * diverged. */
void search_print(const struct search *search);

/* The report of one of the trainings, which says device and engine; NULL: none has ended. */
const gf_report *search_first_report(const struct search *search);

/* For the caller to free; NULL: no memory. */
json_t *search_json(const struct search *search);

/* ---- path_report.c: the part of both that --path has ---- */

void path_print_table(const struct search *search);
void path_set_json(const struct search *search, json_t *json);

#endif
