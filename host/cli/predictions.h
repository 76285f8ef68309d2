/* predictions.h: what predict writes, in each of its formats. */
#ifndef GF_PREDICTIONS_H
#define GF_PREDICTIONS_H

#include "progress.h"

#include <stdio.h>

struct predictions {
	const gf_model *model;     /* borrowed */
	const gf_dataset *data;    /* borrowed */
	struct progress *progress; /* borrowed; NULL: the user sees the lines themselves */
	enum format format;
	size_t longest;        /* characters of a label of a .npy file */
	size_t rows, outputs;  /* N, K */
	float *z;              /* owned; (N, K) */
	double *lower, *upper; /* owned; (N, K) ends of intervals; NULL: --interval was not given */
	double *proba;         /* owned; (classes), for one row; NULL: --proba was not given */
};

/* Writes all rows of the data, also those that were left out because a value is missing: an empty
 * field of CSV, null in JSON, NaN or an empty string in an array.
 * GF_E_USAGE: two fields of a JSON object have one name.  GF_E_MEMORY. */
gf_status predictions_write(const struct predictions *p, FILE *file, gf_error *err);

/* Writes them as a .npy file. */
gf_status predictions_npy(const struct predictions *p, FILE *file, gf_error *err);

/* Calls write for each row until writing fails, and reports progress; z (K) is NULL for a row that
 * was left out. */
typedef gf_status predictions_writer(
	const struct predictions *p, FILE *file, size_t row, const float *z, gf_error *err);
gf_status predictions_rows(
	const struct predictions *p, FILE *file, predictions_writer *write, gf_error *err);

#endif
